"""The container image is built twice, looked into, and does its work as docs/container.md runs it.

Its base is a Debian that debootstrap makes from where this machine has its own packages. It is one
test, for the image that takes a minute is made once, in one process.
"""

import ast
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
from support import GUILD, Started, run_to_end, until

from trc_mee6.standin import Board, faults

PROJECT = Path(__file__).parents[2]
SOURCES = (".dockerignore", "Dockerfile", "LICENSE", "README.md", "pyproject.toml")
DATA = "/var/lib/trc-mee6"
USER = 10001
SLOWEST_STOP = 5.0
UNCHECKED_HASH = bytes([1, 0, 0, 0])  # PEP 552: neither the source's time nor its hash is looked at
ABSENT = [each for each in ("buildah", "debootstrap", "runc") if shutil.which(each) is None]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make the base of an image"),
    pytest.mark.skipif(
        platform.freedesktop_os_release()["ID"] != "debian", reason="this is not Debian"
    ),
]


def said(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout.strip()


@pytest.fixture
def buildah(tmp_path):
    """Run buildah, with a storage of its own that is gone afterwards."""
    storage, state = tmp_path / "storage", tmp_path / "state"

    def run_buildah(*words):
        return said("buildah", f"--root={storage}", f"--runroot={state}", *words)

    yield run_buildah
    with suppress(AssertionError):  # nothing is mounted where that is not permitted
        run_buildah("umount", "--all")
    shutil.rmtree(storage, ignore_errors=True)  # but for a point of mounting that buildah keeps


def base(buildah):
    """Make the image of a small Debian with Python, and nothing to build with."""
    try:
        container = buildah("from", "scratch")
        root = buildah("mount", container)
    except AssertionError as error:
        pytest.skip(f"building images is not permitted here: {error}")
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    places = said("apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)").splitlines()
    mirror = [place.split()[1] for place in places if place.split()[0] == release][:1]
    packages = "--include=python3,python3-venv"
    said("debootstrap", "--variant=minbase", packages, release, root, *mirror)
    return buildah("commit", "--quiet", container)


def pip_as_here(folder):
    """Return what lets pip in a build find packages as it does on this machine."""
    options = {}
    for line in said(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, _, value = line.partition("=")
        options[name.rpartition(".")[2]] = ast.literal_eval(value)
    mine = {k: options[k] for k in ("index-url", "trusted-host", "proxy", "cert") if k in options}
    file = folder / "pip.conf"
    file.write_text("\n".join(["[global]", *(f"{k} = {v}" for k, v in mine.items())]))
    mounted = {file: "/etc/pip.conf"} | ({mine["cert"]: mine["cert"]} if "cert" in mine else {})
    return [f"--volume={here}:{there}:ro" for here, there in mounted.items()]


def another_clone(folder):
    """Copy the sources as somebody else has them: other times, other permissions, no caches."""
    folder.mkdir()
    for name in SOURCES:
        shutil.copyfile(PROJECT / name, folder / name)
    for name in ("deploy", "trc_mee6"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored, copy_function=shutil.copy)
    said("chmod", "--recursive", "go=", str(folder))
    return folder


class Image:
    """The image, run as by `docker run --rm --read-only --tmpfs /tmp --network host`."""

    def __init__(self, root, config, folder):
        self.root = root
        self.config = config
        self.folder = folder
        self.state = str(folder / "runc")
        self.numbers = count()

    def bundle(self, arguments, entrypoint, settings, mounts):
        """Write down for runc what to run; `mounts` are places inside, by place outside."""
        folder = self.folder / f"container-{next(self.numbers)}"
        folder.mkdir()
        said("runc", "spec", "--bundle", str(folder))
        spec = json.loads((folder / "config.json").read_text())
        spec["root"] = {"path": str(self.root), "readonly": True}
        uid, gid = map(int, self.config["User"].split(":"))
        spec["process"] |= {
            "terminal": False,
            "user": {"uid": uid, "gid": gid},
            "args": [*(entrypoint or self.config["Entrypoint"]), *arguments],
            "env": [*self.config["Env"], *(f"{k}={v}" for k, v in settings.items())],
            "cwd": self.config["WorkingDir"],
            "capabilities": {},
        }
        spec["linux"]["namespaces"] = [
            each
            for each in spec["linux"]["namespaces"]
            if each["type"] not in ("network", "cgroup")
        ]
        spec["mounts"].append({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"})
        spec["mounts"] += [
            {"destination": inside, "type": "bind", "source": str(outside), "options": ["bind"]}
            for outside, inside in mounts.items()
        ]
        (folder / "config.json").write_text(json.dumps(spec))
        return ["runc", "--root", self.state, "run", "--bundle", str(folder), folder.name]

    def run(self, *arguments, entrypoint=None, settings=(), mounts=()):
        command = self.bundle(arguments, entrypoint, dict(settings), dict(mounts))
        return run_to_end(command, os.environ, self.folder)

    def start(self, *arguments, settings, mounts):
        command = self.bundle(arguments, None, settings, mounts)
        process = Started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.container = command[-1]
        return process

    def stop(self, process):
        """Ask the container's first process to end, as `docker stop` does."""
        said("runc", "--root", self.state, "kill", process.container, "TERM")


def test_image(buildah, stand_in, tmp_path, request):
    built = base(buildah)
    pip = pip_as_here(tmp_path)
    how = ("--isolation=chroot", "--pull-never", "--no-cache", "--timestamp=0", "--quiet")
    images = [
        buildah("build", *how, *pip, f"--build-arg=BASE={built}", str(folder))
        for folder in (PROJECT, another_clone(tmp_path / "clone"))
    ]
    assert images[0] == images[1], "two builds of the same sources differ"

    config = json.loads(buildah("inspect", "--type=image", images[0]))["OCIv1"]["config"]
    root = Path(buildah("mount", buildah("from", "--pull-never", images[0])))
    image = Image(root, config, tmp_path)
    is_as_kubernetes_wants_it(config)
    has_nothing_to_build_with(root)
    all_is_compiled(root)

    if (probe := image.run("true", entrypoint=["env"])).code != 0:
        pytest.skip(f"running containers is not permitted here: {probe.err}")
    nothing_can_be_written_but_the_volume(image)
    extras_are_in(image)

    board = stand_in.add(Board(GUILD, 240))
    settings = {
        "MEE6_GUILD_ID": str(GUILD),
        "MEE6_BASE_URL": stand_in.url,
        "MEE6_REQUEST_INTERVAL": "0",
    }
    without_a_volume_nothing_is_begun(image, settings)
    does_its_work(image, board, settings, {a_volume(tmp_path / "sqlite"): DATA})
    url = request.getfixturevalue("postgres_url")
    socket = Path(psycopg.conninfo.conninfo_to_dict(url)["host"]) / ".s.PGSQL.5432"
    inside = url.replace(str(socket.parent), "/run/postgresql")
    does_its_work(
        image,
        board,
        settings | {"DATABASE_URL": inside},
        {socket: f"/run/postgresql/{socket.name}"},
    )
    stops_in_time(image, stand_in, settings, {a_volume(tmp_path / "stopped"): DATA})


def a_volume(folder):
    folder.mkdir()
    os.chown(folder, USER, USER)
    return folder


def is_as_kubernetes_wants_it(config):
    assert config["User"] == f"{USER}:{USER}"
    assert config["Entrypoint"] == ["trc-mee6"]  # in a shell's form it would be ["/bin/sh", ...]
    assert "StopSignal" not in config  # SIGTERM
    assert "Volumes" not in config


def has_nothing_to_build_with(root):
    ours = root / "opt/trc-mee6"
    packages = {each.name for each in next(ours.glob("lib/python3*/site-packages")).iterdir()}
    assert "trc_mee6" in packages
    assert not packages & {"pip", "setuptools", "wheel", "hatchling", "_distutils_hack"}
    folders = [root / "usr/bin", root / "usr/local/bin", ours / "bin"]
    programs = {each.name for folder in folders for each in folder.iterdir()}
    assert {"python3", "trc-mee6"} <= programs
    assert not programs & {"gcc", "cc", "make", "pip", "pip3", "hatchling"}
    assert not (root / "build").exists()


def all_is_compiled(root):
    sources = list((root / "opt/trc-mee6/lib").rglob("*.py"))
    assert len(sources) > 1000
    assert not [
        each
        for each in sources
        if not list((each.parent / "__pycache__").glob(f"{each.stem}.*.pyc"))
    ]
    compiled = (root / "opt/trc-mee6/lib").rglob("*.pyc")
    assert not [each for each in compiled if each.read_bytes()[4:8] != UNCHECKED_HASH]


def nothing_can_be_written_but_the_volume(image):
    tried = image.run(
        "for folder in /opt/trc-mee6 /etc /usr / /tmp /var/lib/trc-mee6; do"
        " touch $folder/file 2>/dev/null && echo $folder; done; id -u",
        entrypoint=["sh", "-c"],
        mounts={a_volume(image.folder / "tried"): DATA},
    )
    assert tried.out.split() == ["/tmp", DATA, str(USER)]


def extras_are_in(image):
    loaded = image.run(
        "import altair, apprise, jinja2, plotext, prometheus_client, psycopg, psycopg_binary,"
        " sentry_sdk, vl_convert",
        entrypoint=["python", "-c"],
    )
    assert loaded.code == 0, loaded.err


def without_a_volume_nothing_is_begun(image, settings):
    refused = image.run("sync", "--enroll-all", settings=settings)
    assert refused.code in (69, 78), refused
    assert "trc-mee6.db" in refused.err


def does_its_work(image, board, settings, mounts):
    first = image.run("sync", "--enroll-all", settings=settings, mounts=mounts)
    assert (first.code, first.err) == (0, "")
    assert "240 given a baseline" in first.out
    best = max(board.players)
    board.gain(best, 1000)
    second = image.run("sync", settings=settings, mounts=mounts)
    assert "1 changed (XP +1,000, points +10)" in second.out
    shown = image.run("leaderboard", "--format=json", settings=settings, mounts=mounts).document
    assert (shown["entries"][0]["discord_id"], shown["entries"][0]["points"]) == (str(best), 10)
    picture = "--output=/tmp/growth.png"
    drawn = image.run("chart", "growth", picture, settings=settings, mounts=mounts)
    assert (drawn.code, drawn.out, drawn.err) == (0, "chart written to /tmp/growth.png\n", "")
    status = image.run("status", "--check", "--format=json", settings=settings, mounts=mounts)
    assert (status.code, status.document["healthy"]) == (0, True)


def stops_in_time(image, stand_in, settings, mounts):
    stand_in.asked.clear()
    stand_in.misbehave(faults.silence(60))
    process = image.start("sync", "--enroll-all", settings=settings, mounts=mounts)
    until(lambda: stand_in.asked)
    began = time.monotonic()
    image.stop(process)
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - began < SLOWEST_STOP
    assert process.returncode == 128 + signal.SIGTERM, err
    stand_in.behave()
    runs = image.run("status", "--format=json", settings=settings, mounts=mounts).document["runs"]
    assert runs["sync"]["status"] == "interrupted"
