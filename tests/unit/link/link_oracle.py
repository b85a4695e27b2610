"""What Keras itself makes of a model: its dict in canonical form, and the layout of the HDF5 file it
saves.
"""

from __future__ import annotations

import io

import h5py

from modelspec.diagnostics import Report
from modelspec.link.canonical import canonical, serialize
from modelspec.link.program import link_program


def link(resolved, **settings):
    """The linked program; fails with the diagnostics where there are any errors."""
    report = Report()
    linked = link_program(resolved, report, **settings)
    assert not report.has_errors, [(d.code, d.message, d.notes) for d in report.diagnostics]
    assert linked is not None
    return linked


def errors_of(resolved, **settings):
    """The diagnostics of a program that Keras does not take."""
    report = Report()
    assert link_program(resolved, report, **settings) is None
    assert report.has_errors
    return report.diagnostics


def config_of(twin, document=None):
    return without_ids(canonical(serialize(twin), document))


def without_ids(data):
    """A dict without shared ids, which tell of the order things were made in."""
    match data:
        case dict():
            return {key: without_ids(value) for key, value in data.items() if key != "shared_object_id"}
        case list():
            return [without_ids(item) for item in data]
        case _:
            return data


def keeps_operation_names():
    """Whether this release writes the names of all operations."""
    import keras

    tensor = keras.ops.einsum("bi,bj->bij", *[keras.Input((2,))] * 2)
    return "name" in tensor._keras_history.operation.get_config()


def with_named_casts(twin):
    """The same model, its casts named as a build names them; Keras 3.8 has them among the operations."""
    for operation in twin.operations:
        if type(operation).__name__ == "Cast":
            operation.name = f"{operation._outbound_nodes[0].operation.name}_cast"
    return twin


def saved_by(twin):
    """The groups and datasets that Keras saves: {group: name}, {address: (shape, dtype)}."""
    from keras.src.saving.saving_lib import H5IOStore, _save_state

    file = io.BytesIO()
    store = H5IOStore(file, mode="w")
    _save_state(twin, weights_store=store, assets_store=None, inner_path="", visited_saveables=set())
    store.close()
    groups, datasets = {}, {}

    def visit(name, found):
        if isinstance(found, h5py.Group):
            if name.rpartition("/")[2] == "vars":
                groups[name] = found.attrs.get("name")
        else:
            # Whole numbers have the width that JAX gives them, whatever the backend.
            dtype = str(found.attrs.get("dtype") or found.dtype).replace("int64", "int32")
            datasets[name] = (found.shape, dtype)

    with h5py.File(io.BytesIO(file.getvalue())) as opened:
        opened.visititems(visit)
    return groups, datasets


def layout_of(linked):
    groups = {group.address: group.name for group in linked.groups}
    return groups, {v.address: (v.shape, v.dtype) for v in linked.variables}


def assert_equal(linked, twin, document=None):
    assert without_ids(linked.config) == config_of(twin, document)
    assert layout_of(linked) == saved_by(twin)
    assert linked.params == twin.count_params()
