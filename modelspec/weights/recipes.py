"""What an initializer makes, as data: the serialization dict of a built-in one read for a shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from modelspec.catalog.own import is_own

Json = object
Config = Mapping[str, Json]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """One value everywhere, or nested lists of values that are broadcast to the shape."""

    value: Json


@dataclass(frozen=True, slots=True)
class Identity:
    """`gain` on the diagonal of a matrix."""

    gain: float


@dataclass(frozen=True, slots=True)
class Uniform:
    """Uniform on [low, high)."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal; truncated to two standard deviations where `truncated`."""

    mean: float
    stddev: float
    truncated: bool


@dataclass(frozen=True, slots=True)
class Orthogonal:
    """`gain` times a matrix with orthonormal columns (or rows, where those are fewer), uniform among such."""

    gain: float


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """The kernel of a short-time Fourier transformation; see `keras.initializers.STFT`."""

    side: str
    window: Json
    scaling: str | None
    periodic: bool


Distribution = Constant | Identity | Uniform | Normal | Orthogonal | Spectrogram


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is made of which stream.

    Args:
        makes: the values.
        seed: the initializer's own seed; `None` for the document's.
        shared: whether that seed is an integer, which gives each variable that has it the same values.
    """

    makes: Distribution
    seed: int | None = None
    shared: bool = False


class UndrawableError(ValueError):
    """An initializer that cannot make values of a shape or dtype; the message says why."""


def read_initializer(data: Mapping[str, Json], *, shape: Shape, dtype: str) -> Recipe:
    """The recipe of a built-in initializer of Keras.

    Arguments that the config leaves out have Keras' defaults.

    Args:
        data: its serialization dict.
        shape: of the variable.
        dtype: of the variable, as Keras names it.

    Raises:
        UndrawableError: it is no built-in one, or Keras would not make such values by it either.
    """
    name = data.get("class_name")
    if not isinstance(name, str) or name not in _READERS or not _is_built_in(data):
        raise UndrawableError(f"`{name}` of `{data.get('module')}` is no initializer that Keras has built in")
    config = data.get("config") or {}
    if not isinstance(config, Mapping):
        raise UndrawableError(f"the config of `{name}` is no mapping")
    reader, known = _READERS[name]
    unknown = sorted(key for key in config if key not in known)
    if unknown:
        raise UndrawableError(f"`{name}` has no argument `{unknown[0]}`")
    makes = reader(config, shape)
    if isinstance(makes, (Uniform, Normal, Orthogonal)) and not _is_float(dtype):
        raise UndrawableError(f"`{name}` makes random numbers, which a variable of `{dtype}` cannot hold")
    seed, shared = _seed(config.get("seed"))
    return Recipe(makes, seed, shared)


def fans(shape: Shape, *, inputs: Json = None, outputs: Json = None) -> tuple[int, int]:
    """How many units a weight reads and how many it feeds, as Keras' `compute_fans` counts them.

    Args:
        shape: of the weight; a kernel's last two sizes are its input and output channels.
        inputs: the axes whose sizes multiply to the first number; only together with `outputs`.
        outputs: likewise for the second.
    """
    if inputs is not None and outputs is not None:
        return _product(shape, inputs), _product(shape, outputs)
    match shape:
        case ():
            return 1, 1
        case (size,):
            return size, size
        case (*kernel, depth, units):
            field = math.prod(kernel)
            return depth * field, units * field
    raise AssertionError(shape)


def _product(shape: Shape, axes: Json) -> int:
    chosen = [axes] if isinstance(axes, int) else axes
    if not isinstance(chosen, (list, tuple)) or not all(
        isinstance(axis, int) and -len(shape) <= axis < len(shape) for axis in chosen
    ):
        raise UndrawableError(f"the axes `{axes}` are none of a variable of shape `{list(shape)}`")
    return math.prod(shape[axis] for axis in chosen)


def _is_built_in(data: Mapping[str, Json]) -> bool:
    # A layer is called `Identity` too.
    return is_own(data) and ".initializers." in f"{data['module']}."


def _is_float(dtype: str) -> bool:
    return dtype.startswith(("float", "bfloat"))


def _seed(written: Json) -> tuple[int | None, bool]:
    match written:
        case None:
            return None, False
        case bool():
            return int(written), True
        case int():
            return written, True
        case {"class_name": "SeedGenerator", "config": dict() as config}:
            seed = config.get("seed")
            if seed is None or isinstance(seed, int):
                return seed, False
    raise UndrawableError(f"the seed `{written}` is neither an integer nor a `SeedGenerator`")


def _number(config: Config, key: str, default: float) -> float:
    value = _plain(config.get(key, default))
    if not isinstance(value, (int, float)):
        raise UndrawableError(f"`{key}` is `{value}`, which is no number")
    return float(value)


def _plain(value: Json) -> Json:
    """A value, out of the dict in which Keras serializes arrays and tensors."""
    match value:
        case {"class_name": "__numpy__" | "__tensor__", "config": {"value": inner}}:
            return inner
    return value


def _constant(config: Config, shape: Shape) -> Distribution:
    value = _plain(config.get("value", 0.0))
    sizes = _sizes(value)
    padded = (1,) * (len(shape) - len(sizes)) + sizes
    if len(sizes) > len(shape) or any(
        size not in (1, wanted) for size, wanted in zip(padded, shape, strict=True)
    ):
        raise UndrawableError(f"values of shape `{list(sizes)}` do not fit the shape `{list(shape)}`")
    return Constant(value)


def _sizes(value: Json) -> Shape:
    match value:
        case list() | tuple():
            inner = {_sizes(item) for item in value}
            if len(inner) > 1:
                raise UndrawableError("the rows of the constant differ in length")
            return (len(value), *(inner.pop() if inner else ()))
        case bool() | int() | float():
            return ()
    raise UndrawableError(f"the constant `{value}` is no number")


def _identity(config: Config, shape: Shape) -> Distribution:
    if len(shape) != 2:
        raise UndrawableError(f"an identity matrix has two dimensions, not the shape `{list(shape)}`")
    return Identity(_number(config, "gain", 1.0))


def _random_uniform(config: Config, shape: Shape) -> Distribution:
    low, high = _number(config, "minval", -0.05), _number(config, "maxval", 0.05)
    if not low <= high:
        raise UndrawableError(f"`minval` is {low}, above `maxval`, which is {high}")
    return Uniform(low, high)


def _random_normal(config: Config, shape: Shape) -> Distribution:
    return Normal(_number(config, "mean", 0.0), _number(config, "stddev", 0.05), truncated=False)


def _truncated_normal(config: Config, shape: Shape) -> Distribution:
    return Normal(_number(config, "mean", 0.0), _number(config, "stddev", 0.05), truncated=True)


def _orthogonal(config: Config, shape: Shape) -> Distribution:
    if len(shape) < 2:
        raise UndrawableError(
            f"an orthogonal matrix has two dimensions or more, not the shape `{list(shape)}`"
        )
    return Orthogonal(_number(config, "gain", 1.0))


def _stft(config: Config, shape: Shape) -> Distribution:
    if len(shape) != 3 or shape[1] != 1 or shape[0] < 1 or shape[2] < 2:
        raise UndrawableError(
            f"an STFT kernel has the shape [frame length, 1, frequencies], not `{list(shape)}`"
        )
    side, scaling = config.get("side", "real"), config.get("scaling", "density")
    window = _plain(config.get("window", "hann"))
    if side not in ("real", "imag") or scaling not in (None, "density", "spectrum"):
        raise UndrawableError(f"an STFT kernel has no side `{side}` with scaling `{scaling}`")
    if window is not None and not isinstance(window, str) and _sizes(window) != (shape[0],):
        raise UndrawableError(f"the window has not the frame's length, {shape[0]}")
    return Spectrogram(
        str(side), window, None if scaling is None else str(scaling), bool(config.get("periodic", False))
    )


# Keras divides the deviation by that of a standard normal distribution truncated at two.
_TRUNCATED_STDDEV = 0.87962566103423978


def _scaled(config: Config, shape: Shape) -> Distribution:
    scale = _number(config, "scale", 1.0)
    mode, kind = config.get("mode", "fan_in"), str(config.get("distribution", "truncated_normal")).lower()
    fan_in, fan_out = fans(shape, inputs=config.get("input_axes"), outputs=config.get("output_axes"))
    units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}.get(str(mode))
    if not scale > 0.0 or units is None:
        raise UndrawableError(f"variance is not scaled by `{scale}` in the mode `{mode}`")
    variance = scale / max(1.0, units)
    match kind:
        case "uniform":
            limit = math.sqrt(3.0 * variance)
            return Uniform(-limit, limit)
        case "normal" | "truncated_normal":
            return Normal(0.0, math.sqrt(variance) / _TRUNCATED_STDDEV, truncated=True)
        case "untruncated_normal":
            return Normal(0.0, math.sqrt(variance), truncated=False)
    raise UndrawableError(f"variance is not scaled with the distribution `{kind}`")


def _preset(scale: float, mode: str, distribution: str) -> Callable[[Config, Shape], Distribution]:
    fixed = {"scale": scale, "mode": mode, "distribution": distribution}

    def read(config: Config, shape: Shape) -> Distribution:
        return _scaled({**config, **fixed}, shape)

    return read


def _always(value: float) -> Callable[[Config, Shape], Distribution]:
    return lambda config, shape: Constant(value)


_AXES = ("seed", "input_axes", "output_axes")
_STFT = (_stft, ("side", "window", "scaling", "periodic"))
_ORTHOGONAL = (_orthogonal, ("gain", "seed"))
_IDENTITY = (_identity, ("gain",))

# By class name: how it is read and the arguments it has.
_READERS: Mapping[str, tuple[Callable[[Config, Shape], Distribution], tuple[str, ...]]] = MappingProxyType(
    {
        "Zeros": (_always(0.0), ()),
        "Ones": (_always(1.0), ()),
        "Constant": (_constant, ("value",)),
        "Identity": _IDENTITY,
        "IdentityInitializer": _IDENTITY,
        "RandomUniform": (_random_uniform, ("minval", "maxval", "seed")),
        "RandomNormal": (_random_normal, ("mean", "stddev", "seed")),
        "TruncatedNormal": (_truncated_normal, ("mean", "stddev", "seed")),
        "VarianceScaling": (_scaled, ("scale", "mode", "distribution", *_AXES)),
        "GlorotUniform": (_preset(1.0, "fan_avg", "uniform"), _AXES),
        "GlorotNormal": (_preset(1.0, "fan_avg", "truncated_normal"), _AXES),
        "LecunUniform": (_preset(1.0, "fan_in", "uniform"), _AXES),
        "LecunNormal": (_preset(1.0, "fan_in", "truncated_normal"), _AXES),
        "HeUniform": (_preset(2.0, "fan_in", "uniform"), _AXES),
        "HeNormal": (_preset(2.0, "fan_in", "truncated_normal"), _AXES),
        "Orthogonal": _ORTHOGONAL,
        "OrthogonalInitializer": _ORTHOGONAL,
        "STFT": _STFT,
        "STFTInitializer": _STFT,
    }
)
