"""Slurm's commands as far as submitit calls them, for one machine: `install` puts them into a folder.

A job is a session of its own; what `sacct` says of it stands in a file, which a test may write too.
"""

from __future__ import annotations

import sys
from pathlib import Path

_SBATCH = """#!{python} -S
import os, pathlib, subprocess, sys
state = pathlib.Path({state!r})
number = str(7000 + len([*state.glob("*.sh")]))
script = pathlib.Path(sys.argv[-1]).read_text()
(state / f"{{number}}.sh").write_text(script)
(state / number).write_text("RUNNING")
run = f"bash {{state / number}}.sh && s=COMPLETED || s=FAILED; "
run += f"[ $(cat {{state / number}}) != RUNNING ] || echo $s > {{state / number}}"
new = subprocess.Popen(["bash", "-c", run], start_new_session=True, stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    env={{**os.environ, "SLURM_JOB_ID": number, "SLURM_NTASKS": "1", "SLURM_PROCID": "0"}})
(state / f"{{number}}.pid").write_text(str(new.pid))
print("Submitted batch job", number)
"""
_SRUN = """#!/bin/sh
while [ "$1" != {python} ]; do shift; done
exec "$@"
"""
_SACCT = """#!/bin/sh
echo "JobID|State|NodeList"
cd {state}
for job in [0-9][0-9][0-9][0-9]; do echo "$job|$(cat $job)|n1"; done
"""
_SCANCEL = """#!/bin/sh
echo CANCELLED by 0 > {state}/$1
leader=$(cat {state}/$1.pid)
kill -KILL -$leader 2>/dev/null
exit 0
"""


def install(folder: Path, state: Path) -> None:
    """Write the commands into `folder`; what they know of their jobs is in `state`."""
    for name, text in {"sbatch": _SBATCH, "srun": _SRUN, "sacct": _SACCT, "scancel": _SCANCEL}.items():
        (folder / name).write_text(text.format(python=sys.executable, state=str(state)))
        (folder / name).chmod(0o755)
