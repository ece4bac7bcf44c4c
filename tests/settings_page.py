"""The table of docs/settings.md, made from trc_mee6/settings.py; run it to write it (make docs)."""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from trc_mee6.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
_START = "<!-- table: made from trc_mee6/settings.py by make docs -->\n"
_END = "<!-- end of table -->\n"


def page() -> str:
    """Return the page as it should be: what stands around the table is kept."""
    before, start, rest = PAGE.read_text().partition(_START)
    _, end, after = rest.partition(_END)
    if not (start and end):
        raise ValueError(f"{PAGE} has lost a line that marks its table: {_START}{_END}")
    return before + start + _table() + end + after


def _table() -> str:
    rows = [_row(name.upper(), field) for name, field in Settings.model_fields.items()]
    head = "| name | default | unit | meaning |\n| --- | --- | --- | --- |\n"
    return head + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(name: str, field: FieldInfo) -> tuple[str, str, str, str]:
    about: dict[str, Any] = field.json_schema_extra or {}  # type: ignore[assignment] # a dict here
    meaning = [field.description or ""]
    if "extra" in about:
        meaning.append(f"Needs the extra `{about['extra']}`.")
    if "Secret" in str(field.annotation):
        meaning.append("Secret.")
    return (
        f"`{name}`",
        about.get("default") or _shown(field.default),
        about["unit"],
        _joined(meaning),
    )


def _joined(sentences: list[str]) -> str:
    first, *others = sentences
    return " ".join([first if not others or first.endswith(".") else f"{first}.", *others])


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


if __name__ == "__main__":
    PAGE.write_text(page())
