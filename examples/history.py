"""The history of a small repository, from its first document to a merge, as one would type it.

Everything happens in a temporary folder, with real git. `python examples/history.py` prints the commands and
what they print.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

NET = """\
modelspec: 1
name: digits

vars:
  width: 32

inputs:
  image: [8, 8, 1]

layers:
  - Flatten
  - Dense: {units: $width, activation: relu}
    name: hidden
  - Dense: {units: 10, activation: softmax}
    name: probs
"""
BLOCK = """\
blocks:
  unit:                           # a layer and what it forgets
    layers:
      - Dense: {units: $width, activation: relu}
        name: dense
      - Dropout: {rate: 0.2}

inputs:
"""
HIDDEN = "  - Dense: {units: $width, activation: relu}\n    name: hidden\n  - Dropout: {rate: 0.2}\n"
UNITS = "  - unit:\n    name: hidden\n    repeat: 2\n"


def run(*command: str) -> None:
    """Print a command and what it prints, less the hashes, which depend on releases of Keras and NumPy."""
    print(f"\n$ {shlex.join(command)}")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    for line in done.stdout.splitlines():
        if not line.startswith("index "):
            print(re.sub(r"\b[0-9a-f]{16}\b", "…", line).rstrip())


def edit(old: str, new: str) -> None:
    """Change the document."""
    document = Path("digits.net.yaml")
    text = document.read_text(encoding="utf-8")
    assert old in text
    document.write_text(text.replace(old, new), encoding="utf-8")


def commit(message: str) -> None:
    """Commit everything, without a word."""
    subprocess.run(["git", "add", "--all"], check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", message], check=True)


def first_steps() -> None:
    """A repository that knows of models, and a document in it."""
    run("git", "init", "--quiet", "--initial-branch", "main")
    run("modelspec", "git", "install")
    Path("digits.net.yaml").write_text(NET.replace("{units: 10, ", "{ units: 10,"), encoding="utf-8")
    run("modelspec", "fmt", "--diff", "digits.net.yaml")
    run("modelspec", "fmt", "digits.net.yaml")
    commit("Recognise digits")


def changes() -> None:
    """Three more commits: wider, regularised, made a block of."""
    edit("width: 32", "width: 64")
    commit("Make it wider")
    edit("    name: hidden\n", "    name: hidden\n  - Dropout: {rate: 0.2}\n")
    commit("Forget a fifth")
    edit("inputs:\n", BLOCK)
    edit(HIDDEN, UNITS)
    commit("Make a block of it, and use it twice")
    run("git", "log", "--patch", "--reverse", "--unified=0", "--format=format:commit: %s", "HEAD~3..")
    run("modelspec", "diff", "HEAD~3:digits.net.yaml", "HEAD~1:digits.net.yaml")
    run("modelspec", "diff", "HEAD~1:digits.net.yaml", "digits.net.yaml")


def merges() -> None:
    """Two branches that change neighbouring lines, and two that change the same layer."""
    run("git", "switch", "--quiet", "--create", "deeper")
    edit("repeat: 2", "repeat: 3")
    commit("Make it deeper")
    run("git", "switch", "--quiet", "main")
    edit("    repeat: 2\n", "    repeat: 2\n  - LayerNormalization\n")
    commit("Normalise")
    run("git", "merge", "--quiet", "--message", "Merge deeper", "deeper")
    run("git", "diff", "--unified=0", "main~1", "main")

    run("git", "switch", "--quiet", "--create", "letters", "main~1")
    edit("units: 10", "units: 26")
    commit("Recognise letters")
    run("git", "switch", "--quiet", "main")
    edit("units: 10", "units: 16")
    commit("Recognise hexadecimal digits")
    run("git", "merge", "letters")
    run("git", "diff", "--unified=0")
    run("git", "merge", "--abort")


def archives() -> None:
    """What is built of the document, under version control too."""
    edit("repeat: 3", "repeat: 1")
    run("modelspec", "build", "--quiet", "digits.net.yaml", "-o", "digits.keras")
    commit("Build a shallow one")
    edit("units: 16", "units: 10")
    run("modelspec", "build", "--quiet", "digits.net.yaml", "-o", "digits.keras")
    run("git", "diff", "--unified=1", "digits.keras")


WHO = {"NAME": "A reader", "EMAIL": "reader@example.org", "DATE": "2026-01-01T00:00:00Z"}

if __name__ == "__main__":
    here = Path.cwd()
    before = dict(os.environ)
    # The same for every reader: no settings of their own, one date, and the `modelspec` of this Python.
    os.environ.update(
        {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in WHO.items()}
    )
    os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", GIT_PAGER="cat")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    print("In a folder that goes when all is done:")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for part in (first_steps, changes, merges, archives):
                part()
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)

# prints:
# In a folder that goes when all is done:

# $ git init --quiet --initial-branch main

# $ modelspec git install
# .gitattributes  written
# diff.modelspec.textconv  written
# diff.modelspec.cachetextconv  written
# diff.modelspec.binary  written
# diff.modelspec.xfuncname  written
# diff.modelspec-yaml.xfuncname  written
# merge.modelspec.name  written
# merge.modelspec.driver  written

# $ modelspec fmt --diff digits.net.yaml
# --- digits.net.yaml
# +++ digits.net.yaml
# @@ -11,5 +11,5 @@
#    - Flatten
#    - Dense: {units: $width, activation: relu}
#      name: hidden
# -  - Dense: { units: 10,activation: softmax}
# +  - Dense: {units: 10, activation: softmax}
#      name: probs

# $ modelspec fmt digits.net.yaml
# digits.net.yaml  formatted

# $ git log --patch --reverse --unified=0 '--format=format:commit: %s' 'HEAD~3..'
# commit: Make it wider
# diff --git a/digits.net.yaml b/digits.net.yaml
# --- a/digits.net.yaml
# +++ b/digits.net.yaml
# @@ -5 +5 @@ vars:
# -  width: 32
# +  width: 64

# commit: Forget a fifth
# diff --git a/digits.net.yaml b/digits.net.yaml
# --- a/digits.net.yaml
# +++ b/digits.net.yaml
# @@ -13,0 +14 @@   - Dense: {units: $width, activation: relu}
# +  - Dropout: {rate: 0.2}

# commit: Make a block of it, and use it twice
# diff --git a/digits.net.yaml b/digits.net.yaml
# --- a/digits.net.yaml
# +++ b/digits.net.yaml
# @@ -6,0 +7,7 @@ vars:
# +blocks:
# +  unit:                           # a layer and what it forgets
# +    layers:
# +      - Dense: {units: $width, activation: relu}
# +        name: dense
# +      - Dropout: {rate: 0.2}
# +
# @@ -12 +19 @@   - Flatten
# -  - Dense: {units: $width, activation: relu}
# +  - unit:
# @@ -14 +21 @@   - Dense: {units: $width, activation: relu}
# -  - Dropout: {rate: 0.2}
# +    repeat: 2

# $ modelspec diff 'HEAD~3:digits.net.yaml' 'HEAD~1:digits.net.yaml'
# HEAD~3:digits.net.yaml → HEAD~1:digits.net.yaml   architecture 00aaad4d → 9e7ef049

# ~  hidden  Dense  units 32 → 64   shape (None, 32) → (None, 64)  HEAD~1:digits.net.yaml:12
# +  dropout        Dropout(rate=0.2)   hidden → dropout → probs   HEAD~1:digits.net.yaml:14

# layers      3 → 4           +1
# parameters  2,410 → 4,810   +99.6 %
# FLOPs       4,850 → 9,650   +99.0 %
# memory      9.6 kB → 19 kB  +99.6 %
# weights of HEAD~3:digits.net.yaml  by name          0 of 2 layers fit; variables: 3 of another shape
#                                    in Keras' order  0 of 2 layers fit; variables: 3 of another shape, from hidden on

# 2 changes: 1 edited, 1 added

# $ modelspec diff 'HEAD~1:digits.net.yaml' digits.net.yaml
# HEAD~1:digits.net.yaml → digits.net.yaml   architecture 9e7ef049 → 6b35a530

# +  hidden_1_*  2 layers      Dense, Dropout   hidden_dropout → … → probs  digits.net.yaml:19
# >  hidden → hidden_dense
# >  dropout → hidden_dropout

# layers      4 → 6           +2
# parameters  4,810 → 8,970   +86.5 %
# FLOPs       9,650 → 18.0 k  +86.2 %
# memory      19 kB → 36 kB   +86.5 %
# weights of HEAD~1:digits.net.yaml  by name          1 of 3 layers fit; variables: 4 new, 2 gone (2 more variables once renamed)
#                                    in Keras' order  1 of 3 layers fit; variables: 2 of another shape, 2 new, from hidden_1_dense on

# 4 changes: 2 added, 2 renamed

# $ git switch --quiet --create deeper

# $ git switch --quiet main

# $ git merge --quiet --message 'Merge deeper' deeper
# Auto-merging digits.net.yaml

# $ git diff --unified=0 'main~1' main
# diff --git a/digits.net.yaml b/digits.net.yaml
# --- a/digits.net.yaml
# +++ b/digits.net.yaml
# @@ -21 +21 @@   - unit:
# -    repeat: 2
# +    repeat: 3

# $ git switch --quiet --create letters 'main~1'

# $ git switch --quiet main

# $ git merge letters
# digits.net.yaml: both sides changed `probs`
# Auto-merging digits.net.yaml
# CONFLICT (content): Merge conflict in digits.net.yaml
# Automatic merge failed; fix conflicts and then commit the result.

# $ git diff --unified=0
# diff --cc digits.net.yaml
# --- a/digits.net.yaml
# +++ b/digits.net.yaml
# @@@ -23,2 -23,2 +23,7 @@@ layers
# ++<<<<<<< ours
#  +  - Dense: {units: 16, activation: softmax}
#  +    name: probs
# ++=======
# +   - Dense: {units: 26, activation: softmax}
# +     name: probs
# ++>>>>>>> theirs

# $ git merge --abort

# $ modelspec build --quiet digits.net.yaml -o digits.keras

# $ modelspec build --quiet digits.net.yaml -o digits.keras

# $ git diff --unified=1 digits.keras
# diff --git a/digits.keras b/digits.keras
# --- a/digits.keras
# +++ b/digits.keras
# @@ -13,3 +13,3 @@   - Dropout: {rate: 0.2}
#    - LayerNormalization
# -  - Dense: {units: 16, activation: softmax}
# +  - Dense: {units: 10, activation: softmax}
#      name: probs
# @@ -21,3 +21,3 @@   - Dense: {units: 16, activation: softmax}
#  layer_normalization/1  [64]  float32  …
# -probs/0  [64, 16]  float32  …
# -probs/1  [16]  float32  …
# +probs/0  [64, 10]  float32  …
# +probs/1  [10]  float32  …
