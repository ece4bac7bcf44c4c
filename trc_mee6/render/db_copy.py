"""What `db copy` did, for people and for programs."""

from trc_mee6.render.documents import Document
from trc_mee6.report import Copied

_NAMED = {
    "member": ("member", "members"),
    "discord_activity": ("activity row", "activity rows"),
    "point_transaction": ("ledger line", "ledger lines"),
    "sync_run": ("run", "runs"),
}


def document(copied: Copied) -> Document:
    """Return the JSON document."""
    return {
        "command": "db copy",
        "status": "ok",
        "dry_run": copied.dry_run,
        "from": copied.source,
        "to": copied.target,
        "rows": copied.rows,
        "findings": copied.findings,
    }


def summary(copied: Copied) -> str:
    """Return what was copied, in a line, and what to do next."""
    rows = ", ".join(
        f"{count:,} {one if count == 1 else many}"
        for (one, many), count in ((_NAMED[name], copied.rows[name]) for name in _NAMED)
    )
    if copied.dry_run:
        return (
            f"db copy (dry run, nothing was written): would copy {rows} from {copied.source} to"
            f" {copied.target}"
        )
    return (
        f"db copy: {rows} copied to {copied.target}, and read back the same. {copied.source} is as"
        " it was.\nNow set DATABASE_URL to the new address on every host, then run: trc-mee6 db"
        " check"
    )


def as_in_source(copied: Copied) -> str:
    """Return what to say of findings that came with the rows."""
    things = "1 thing" if copied.findings == 1 else f"{copied.findings:,} things"
    return (
        f"The audit finds {things} wrong, in {copied.source} as in the copy: the copying changed"
        " nothing. See which: trc-mee6 db check"
    )
