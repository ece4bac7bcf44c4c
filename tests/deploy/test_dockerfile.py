"""The Dockerfile keeps to what hadolint knows of good ones."""

import subprocess
import sysconfig
from pathlib import Path

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"
HADOLINT = Path(sysconfig.get_path("scripts")) / "hadolint"


def complaints(text):
    """Return what hadolint says of a Dockerfile, the slightest included."""
    command = [HADOLINT, "--no-color", "--failure-threshold", "style", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if done.stdout else 0), done.stderr
    return done.stdout


def test_dockerfile_is_clean():
    assert complaints(DOCKERFILE.read_text()) == ""


def test_what_is_wrong_would_be_seen():
    text = DOCKERFILE.read_text()
    assert "DL3025" in complaints(text.replace('["trc-mee6"]', "trc-mee6"))
    assert "DL3002" in complaints(text.replace("USER 10001:10001", "USER root"))
