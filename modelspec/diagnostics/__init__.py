"""Problems as data (code, places, message, help) and their texts. Knows nothing of the other rooms."""

from modelspec.diagnostics.diagnostic import Diagnostic, Frame, Label
from modelspec.diagnostics.nearest import nearest
from modelspec.diagnostics.place import Place, Source
from modelspec.diagnostics.report import Report, SpecError
from modelspec.diagnostics.typed import typed

__all__ = ["Diagnostic", "Frame", "Label", "Place", "Report", "Source", "SpecError", "nearest", "typed"]
