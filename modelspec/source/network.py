"""Whether a folder lies on another machine: there SQLite's write-ahead log, and locks, may not work."""

from __future__ import annotations

import sys
from pathlib import Path

# Types of file systems in Linux's `/proc/self/mounts` (proc(5)).
_NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "afs"),
        *("9p", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.gcsfuse", "fuse.juicefs"),
    }
)


def is_on_network(path: Path) -> bool:
    """Whether a folder lies on another machine, as far as the system tells."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    at = path.resolve()
    best, kind = -1, ""
    for mount in mounts:
        fields = mount.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if (at == point or at.is_relative_to(point)) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind in _NETWORK
