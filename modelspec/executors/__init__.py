"""Where runs are run: processes of this machine, Ray, Slurm, Dask, each behind one protocol.

It knows commands, folders and what became of a process; it knows nothing of sweeps, of documents, nor of the
ledger.
"""
