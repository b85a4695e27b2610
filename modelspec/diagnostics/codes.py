"""Every code a diagnostic can have, with its severity and one sentence of meaning.

`docs/errors.md` shows each with an example; a test holds the two lists equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from modelspec.frozen import dataclass

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means, whatever the document."""

    severity: Severity
    meaning: str


_ERRORS = {
    # source: text -> tree
    "yaml-syntax": "the text is not YAML",
    "not-utf8": "the file is not UTF-8 text",
    "not-a-document": "a file given as a document that is something else",
    "duplicate-key": "a mapping has the same key twice",
    "bad-key": "a mapping's key is not text",
    "ambiguous-scalar": "a word that YAML 1.1 and 1.2 read differently (`True`, `None`)",
    "yaml-tag": "a YAML tag, which this language does not use",
    "multiple-documents": "a file holds more than one document",
    "too-large": "the text, its nesting or its aliases exceed a bound",
    "cut-expression": "an unquoted `$(…)`, or a tuple, that YAML cuts at a comma or bracket",
    "bad-merge": "a merge key `<<` whose value is not a mapping or a list of mappings",
    "file-not-found": "a file that is named does not exist or cannot be read",
    "outside-root": "a path leaves the project's root",
    # language: the document and its sections
    "empty-document": "a document with nothing in it",
    "missing-version": "the document does not say `modelspec: 1`",
    "unknown-version": "a version of the language that this release does not read",
    "document-loop": "documents that extend or nest each other in a circle",
    "unknown-key": "a key that its section does not have",
    "missing-key": "a key that its section needs",
    "wrong-kind": "a value of another kind than its place takes (a text for a number)",
    "wrong-value": "a value of the right kind that is not among the possible ones",
    "two-models": "two descriptions of one model that exclude each other",
    "input-shape": "an input with both `shape` and `batch_shape`, or neither",
    "bad-requirement": "an entry of `requires` that is no package with versions",
    "bad-name": "a name with other characters than letters, digits, `_` and `-`, or a reserved one",
    "duplicate-name": "two written names that meet",
    "two-names": "a layer named twice, differently",
    "missing-weights": "a variable that a file of weights has nothing for",
    "unexpected-weights": "a tensor of a file of weights that no variable takes",
    "mismatched-weights": "a variable and what a file has for it differ in shape or in kind",
    "no-adapters": "adapters are to be merged, and there are none",
    "nothing-matches": "a file of weights that has nothing for the model",
    "unknown-subtree": "`from` or `into` of a load names nothing",
    "unknown-revision": "a git revision that is not there, or no repository",
    "not-in-revision": "a git revision does not have the file",
    "no-names": "a file of weights that does not say what its layers are called",
    "no-order": "a file of weights whose tensors are in no order that means anything",
    "unequal-counts": "as many tensors as variables are needed to match them in order",
    "bad-rename": "a rule of `rename` that cannot be read",
    "rename-collision": "`rename` makes one name of two",
    "not-json": "a value that JSON, and so an archive, cannot hold",
    # language: expressions
    "bad-expression": "a `$…` that cannot be read",
    "unknown-variable": "a `$…` reads a name that does not exist there",
    "expression-type": "an operator or function of a `$…` that is given the wrong kind of value",
    "expression-value": "a `$…` whose value does not exist (a division by zero, an index outside a list)",
    "expression-too-large": "a `$…` that exceeds a bound on its length, its cost or its result",
    # language: overrides and bases
    "bad-set": "a `--set` that is not `PATH=VALUE`",
    "unknown-path": "a path that leads nowhere in the document",
    "no-base": "`after`, `before` or `remove` in a document that extends nothing",
    "unknown-item": "an item of a base that does not exist",
    # language: items
    "bad-item": "an item without a class, block, model or operation",
    "misplaced-input": "an input of the model among its layers",
    "two-keys": "an item with two class keys",
    "unknown-word": "a key of an item that is neither its class nor a word",
    "unknown-block": "a block or model that the document does not have",
    "two-counts": "`repeat` and `each` on one item",
    "unequal-columns": "columns of `each` that differ in length",
    "too-many-items": "more items than a document may expand to",
    "block-recursion": "a block that stands inside itself without end",
    "unknown-param": "a parameter that a block does not have",
    "missing-param": "a parameter that a block needs",
    "arguments-not-mapping": "arguments that are no mapping of names to values",
    "literal-not-mapping": "`$literal` around something that is no mapping",
    "model-arguments": "arguments given to a nested model",
    # graph
    "bad-reference": "a text that names no tensor",
    "unknown-node": "a reference to a node that does not exist here",
    "forward-reference": "a reference to a node that stands below",
    "unknown-output": "an output that a node does not have",
    "unknown-input": "an input that a block or model does not have, or lacks",
    "block-inputs": "a block that is given the wrong number of inputs",
    "several-inputs": "`in` where there are several inputs, or none",
    "needs-from": "a first item that cannot know what it reads",
    "absent-node": "a reference to an absent item that stands for no single input",
    "misplaced-constant": "a constant among the tensors of a layer",
    "misplaced-word": "a word on an item that cannot have it",
    "bad-reuse": "`reuse` of something that is no layer or model",
    "model-recursion": "a model that uses itself",
    "inputs-as": "an `inputs_as` that does not hold every input once",
    "no-layers": "a model without layers",
    "not-a-chain": "a `Sequential` that is not one chain of layers",
    # catalog: classes, their arguments, `compile`
    "unknown-layer": "an item whose class is no layer",
    "unknown-class": "an object whose class does not exist",
    "unknown-identifier": "a text that Keras does not know where it stands (`Relu`)",
    "unknown-operation": "an operation that `keras.ops` does not have",
    "operation-of-functions": "an operation that takes a function, which no archive may hold as code",
    "unknown-argument": "an argument that a class or operation does not have",
    "unknown-call-argument": "a call argument that a layer or operation does not have",
    "missing-argument": "an argument that a class or operation needs",
    "missing-tensor": "a tensor that a layer's call needs",
    "too-many-tensors": "more tensors than an operation has parameters",
    "given-twice": "one thing said in two places",
    "model-held-twice": "a nested model that two models or layers hold, which Keras cannot load",
    "misplaced-name": "a name under the class key, where the word `name` belongs",
    "wrong-family": "an object of another family than its place takes (a regularizer for an initializer)",
    "ambiguous-class": "a short name that several classes have",
    "literal-object": "a plain mapping that Keras would take for an object",
    "module-not-allowed": "a module under `use` that the caller has not allowed",
    "module-failed": "a module under `use` that cannot be imported",
    "unknown-name": "a pattern that nothing a document can name fits",
    "bad-setting": "a setting of `pyproject.toml` that cannot be read",
    "unknown-registered-name": "a registered name that nothing registers",
    "name-claimed-twice": "a registered name that two objects claim",
    "shadows-builtin": "a custom object under a name of Keras",
    "unsafe-name": "a name in a Keras dict that is neither Keras' own nor one that may be registered",
    "unsafe-object": "an object that runs code, or reads what may, when it is loaded",
    "unsafe-path": "an argument that is a path or URL, opened when the model is loaded",
    "excessive-size": "an argument that asks for more memory than any honest model does",
    "bad-vocabulary": "a vocabulary file that is too large, no UTF-8 text, or no list of numbers",
    "no-catalog": "a Keras release that nothing is known of",
    "no-keras": "Keras is not installed",
    "unfit-callback": "a callback that no document can have",
    # compiler
    "newer-keras": "something that the Keras an archive is built for does not have",
    "op-name": "a layer's name that an operation may take in a Keras that names operations itself",
    "unmet-requirement": "an installed version that the document's `requires` excludes",
    "idle-pattern": "a pattern that matches no layer",
    "unreachable-layers": "a pattern that chooses layers of an archive that cannot be reached",
    "unfit-layers": "a pattern that chooses only layers for which there is no LoRA, or no quantization",
    "lost-at-loading": "something that is done to a layer inside another and that Keras does not save",
    "expectation": "a model that differs from what `expect` says",
    # locks
    "no-lock": "there is no lock, or the document is not in it",
    "bad-lock": "a file that is no lock",
    "lock-differs": "a document is no longer what the lock says",
    # link: Keras itself
    "no-backend": "no backend for Keras is installed",
    "unknown-backend": "a backend that Keras does not have, or that modelspec does not use",
    "backend-not-installed": "the backend that was asked for is not installed",
    "needs-tensorflow": "a layer that only TensorFlow can make, which is not installed",
    "backend-fixed": "Keras runs on another backend in this process already",
    "idle-policy": "a key of a map of dtype policies that is the path of no layer",
    "keras-refused": "Keras does not take an object's arguments or a call",
    "not-reloadable": "an object that is not Keras' own and that Keras could not load again",
    "argument-not-saved": "an argument that a class takes and does not save",
    "unsaved-variables": "variables of a layer that Keras would not save",
    "shape-mismatch": "shapes that do not fit the layer or operation that reads them",
    "list-of-one": "a list of one tensor where a layer takes the tensor itself",
    "several-outputs": "a node of several outputs where one tensor is wanted",
    "no-such-output": "an output that a node does not have",
    "bad-call": "tensors or arguments that a layer, model or operation does not take",
    "not-a-tensor": "an operation that gives no tensor, or reads none",
    "too-many-parameters": "more parameters than allowed, or more than can be built the ordinary way",
    # training
    "bad-data": "a file of data of no format that is read, damaged, or with something else than numbers",
    "unknown-array": "an array or a column that a file of data does not hold",
    "data-mismatch": "data that does not fit the model, or arrays of unequal length",
    "unknown-function": "a function that a module of the caller's does not have",
    "unknown-metric": "a callback that watches what training does not report",
    "training-failed": "training that ends in an error of Keras, of the data or of the caller's code",
    "nan-loss": "a loss that is no number",
    "run-locked": "a folder of a run in which another process trains",
    "unfinished-run": "a folder of a run that can go on",
    "other-run": "a run that is to go on with another model, other data or other arguments",
    "bad-checkpoint": "a state of a run that cannot be read",
    # archive: writing
    "cannot-write": "a path where no file can be written",
    "disk-full": "less room on the disk than a file needs",
    "dtype-not-held": "a dtype that the format of a file to be written does not have",
    "bad-tensor-name": "the name of a tensor that the format of a file to be written does not take",
    "no-addresses": "names of tensors where Keras' HDF5 layout needs addresses",
    "nothing-chosen": "a choice of tensors that leaves none",
    "bad-source-date-epoch": "an environment variable `SOURCE_DATE_EPOCH` that is no number of seconds",
    "bad-asset": "an asset of a layer whose name no archive may have",
    # git
    "git-failed": "git is not there, or refuses what it is asked",
    # archive: reading foreign ones
    "not-an-archive": "a file given as a `.keras` archive that is something else",
    "broken-archive": "an archive that is cut off, or whose records, sizes or checksums do not fit",
    "unsafe-archive": "an archive with doubled, linked, encrypted or hidden members, or stray data",
    "archive-too-large": "an archive with more members, or that unpacks to more, than is read",
    "archive-form": "a form of archive that is not read: `.npz` weights, a packing other than deflate",
    "unsafe-weights": "a file of weights with links, foreign files, objects, or shapes that lie",
    "not-weights": "a file given as weights that is something else",
    "wrong-checksum": "a file of weights that differs from its `sha256`, or that can have none",
    "missing-shard": "a file of a sharded set of weights that is not there",
    "not-an-array": "a value given in Python by name that is no array of numbers, or has no name",
    "unknown-dtype": "a tensor of a dtype that Keras does not have",
    "archive-config": "a `config.json` that is ambiguous, no JSON, or describes no Keras object",
    # lint: what `check` refuses
    "loss-logits": "a cross-entropy with `from_logits` of what has been through a softmax or sigmoid",
    "loss-probabilities": "a cross-entropy of probabilities, of an output that gives none",
    "loss-shape": "a cross-entropy of another kind of output or of other targets",
    "softmax-one": "a softmax over one value, which is always 1",
    "nothing-trains": "a model that is compiled with a loss and has no variable that trains",
    "unknown-rule": "a rule that does not exist, under `lint`",
    # sweep: section -> points -> variants
    "endless-domain": "a range of a grid that does not say which values there are",
    "not-kept": "a condition of `keep` that does not hold for a variant",
    "nothing-left": "a sweep no point of which can be built",
    "no-sweep": "a folder in which no sweep lies",
    "other-sweep": "a folder in which another sweep lies",
    "sweep-locked": "a sweep that another process drives",
    "damaged-ledger": "a ledger of a sweep that is damaged",
    "damaged-run": "a run of a sweep whose folder is damaged, or says otherwise than the ledger",
    "newer-ledger": "a ledger of a sweep that another release has written",
    "unknown-variant": "a number that no variant of a sweep has that is run",
    "nothing-measured": "a sweep of which nothing is the best yet",
    "no-model": "a run of a sweep whose model is not there",
    "file-exists": "a file that is there already and was not to be replaced",
    "driver-deaf": "a process that drives a sweep and does not end",
    "nothing-added": "an extension of a sweep that adds no point",
    "missing-extra": "something that only an extra of the package brings, and that is not installed",
    "no-tracker": "a tracker that cannot be told what runs measured, when it is asked for",
    "no-executor": "a place to run a sweep's runs that cannot be used",
    "worker-lost": "a process of a plan that was ended from outside",
    # past: files of Keras 2
    "past-config": "a config of Keras 2 that contradicts itself or is of no known form",
    # decompile: config -> text
    "cannot-decompile": "a model, or a file, that no document can be written of",
    "decompile-differs": "a document that was written of a model and does not mean the same",
}

_WARNINGS: dict[str, str] = {
    # sweep
    "cut-metrics": "metrics of a run whose last line is cut",
    # weights
    "no-optimizer-state": "the state of an optimizer is to be loaded, and there is none",
    "weights-overridden": "a file of weights takes variables over from an earlier one",
    "dropped-members": "members of an archive that are nothing of Keras', and are not written anew",
    "values-left": "values of a Keras 2 model for which its layer has no variable in Keras 3",
    "nan-weights": "a file of weights has nothing but NaN for a variable",
    # catalog
    "unsafe-allowed": "what runs code or opens files when it is loaded, and the caller allows",
    "needs-code": "a class or function that is not Keras' own, so that loading needs the code of it",
    # graph
    "unused-node": "a node that nobody reads",
    "unused-input": "an input that nobody reads",
    "unused-model": "a nested model that is never used",
    # catalog
    "nothing-registered": "a module to look into that registers nothing",
    # link: Keras itself
    "thawed-at-loading": "a frozen layer whose variables train again once Keras has loaded it",
    "changed-at-loading": "a layer whose name or dtype is another once Keras has loaded it",
    "stale-module": "a module whose file has changed since the process imported it",
    "closed-to-newer": "an archive that newer releases of Keras do not open",
    "frozen-adapters": "a layer with LoRA that is frozen, so that its adapters do not train",
    "resting-adapters": "LoRA whose adapters Keras loads as zeros, both, so that they never train",
    "argument-forgotten": "an argument of a class of Keras that Keras does not save",
    "deep-graph": "a chain of layers so long that Keras cannot load it at Python's default limits",
    "keras-warning": "Keras warns about a layer or a call",
    # locks
    "lock-versions": "a lock that another Keras, or another modelspec, was installed for",
    # lint
    "dead-node": "a node or input that is read, but on which no output depends",
    "merge-of-one": "a merging layer of one tensor",
    "same-input": "a merging layer that reads one tensor twice",
    "bn-frozen-half": "a batch normalisation that trains over a frozen layer, or the reverse",
    "name-order-weights": "a file of weights that is matched in order and has other layers",
    "bias-before-bn": "a bias that a batch normalisation takes away again",
    "bn-after-dropout": "a batch normalisation directly behind a dropout",
    "dropout-odd": "a dropout with an odd rate, or in an odd place",
    "activation-twice": "an activation of what has been through the same, or a softmax of probabilities",
    "linear-linear": "two kernels with nothing between them, which are one",
    "mask-destroyed": "a mask that a layer drops before one that would have read it",
    "return-sequences": "a value for each step where one for the sequence is most likely meant",
    "attention-dim": "heads of an attention that are together not as wide as what they read",
    "size-collapse": "a window over a dimension that has shrunk below it",
    "flatten-large": "a `Dense` behind a `Flatten` with most of a large model's parameters",
    "initializer-zeros": "a kernel of several units that start with equal weights",
    "initializer-shared-seed": "two kernels that are drawn with one seed, and so are equal",
    "mixed-precision-output": "a softmax or an output in half precision",
    "preprocess-twice": "pixels that are scaled twice",
    # sweep
    "no-new-points": "a search that comes upon no more points to run",
    # past: files of Keras 2
    "past-changed": "something of an earlier Keras that the installed one lacks or means otherwise",
    "not-learnt": "a vocabulary or boundaries that a layer has learnt, and its file does not hold",
    "placeholder": "something of a model of Keras 2 that cannot be carried over and is left to write",
    # decompile: config -> text
    "unbuilt-model": "a Sequential model that was never built, written as a document",
    "unshared-layer": "a layer or model that two models hold, which the document makes twice",
    "not-folded": "a document that is right but longer than it might be, as folding it went wrong",
    "unsafe-decompiled": "a model that runs code or opens files when it is loaded, written as a document",
    # sweep
    "network-folder": "a sweep whose folder lies on another machine",
    "tracker-down": "a tracker that cannot be told what runs measured",
    # archive
    "large-tensor": "a tensor that is larger than a shard may be",
    "numbered-variables": "a model that Keras cannot make, so that its variables have numbers for names",
    "archive-metadata": "a `metadata.json` that cannot be read and is left aside",
}

_INFOS: dict[str, str] = {
    # lint, where somebody asks for it
    "attention-causal": "a self-attention before a cross-attention without a causal mask",
    "unused-var": "a variable that nothing reads",
    "unused-block": "a block that nothing uses",
    "unused-param": "a parameter that its block does not read",
    "block-once": "a block that is used once",
    "would-fold": "items that blocks and repeats would say in far fewer lines",
    "default-written": "an argument that equals the default of its class",
    "groups-equal-filters": "a convolution with a filter for each channel, which is a depthwise one",
    "identity-activation": "an activation that changes nothing",
    "unused-ignore": "a comment `# modelspec: ignore[…]` that ignores nothing",
}

CODES: Mapping[str, Code] = MappingProxyType(
    {code: Code("error", meaning) for code, meaning in _ERRORS.items()}
    | {code: Code("warning", meaning) for code, meaning in _WARNINGS.items()}
    | {code: Code("info", meaning) for code, meaning in _INFOS.items()}
)
