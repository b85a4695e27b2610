"""A driver to be killed: runs the trainer as its first argument says, in the folder that is its last one.

Between these may stand the address of a Ray cluster, `alone` for an instance of its own, or the address of a
Dask scheduler.
"""

import subprocess
import sys
import time
from pathlib import Path

from modelspec.executors.local import LocalExecutor
from modelspec.executors.protocol import Executor, Job

folder = Path(sys.argv[-1])
trainer = Path(__file__).with_name("trainer.py")
executor: Executor
match sys.argv[2:-1]:
    case []:
        executor = LocalExecutor(2)
    case [address] if address.startswith("tcp:"):
        from modelspec.executors.dask import DaskExecutor

        executor = DaskExecutor(address, 2)
    case [address]:
        from modelspec.executors.ray import RayExecutor

        executor = RayExecutor(None if address == "alone" else address, 2)
# Another child, started while the pipe is open, that goes on when the driver is gone.
other = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"], close_fds=False)
(folder / "other").write_text(str(other.pid))
executor.submit(Job("a", (sys.executable, str(trainer), sys.argv[1], str(folder)), folder))
(folder / "started").touch()
time.sleep(60)
