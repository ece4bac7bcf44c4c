"""Kubernetes objects as kustomize renders them, and what may be wrong with them.

A checker gives a complaint for each thing that is wrong, and none if all is well.
"""

import copy
import json
import subprocess
import sysconfig
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml
from support import SECRETS

from trc_mee6.settings import Settings

FOLDER = Path(__file__).parents[1] / "deploy/kubernetes"
KUBECTL = Path(sysconfig.get_path("scripts"), "kubectl")
OLDEST = "1.31"  # podFailurePolicy is stable since then
NEWEST = kubernetes_validate.latest_version()
SETTINGS = {name.upper() for name in Settings.model_fields}
ABSENT = object()
# Of the restricted Pod Security Standard: https://kubernetes.io/docs/concepts/security/pod-security-standards/
_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
    "projected", "secret",
}  # fmt: skip

Object = dict[str, Any]


@cache
def _rendered(folder: str) -> str:
    return subprocess.run(
        [KUBECTL, "kustomize", FOLDER / folder], capture_output=True, text=True, check=True
    ).stdout


def rendered(folder: str) -> list[Object]:
    """Return the objects that a folder gives, for the caller to change as it likes."""
    return list(yaml.safe_load_all(_rendered(folder)))


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def job_of(each: Object) -> Object | None:
    """Return the specification of the Job that a Job or CronJob is or makes."""
    if each["kind"] == "CronJob":
        return each["spec"]["jobTemplate"]["spec"]
    return each["spec"] if each["kind"] == "Job" else None


def jobs(objects: list[Object]) -> list[Object]:
    return [job for each in objects if (job := job_of(each)) is not None]


def pods(objects: list[Object]) -> list[Object]:
    return [job["template"]["spec"] for job in jobs(objects)]


def containers(objects: list[Object]) -> Iterator[Object]:
    for pod in pods(objects):
        yield from pod["containers"] + pod.get("initContainers", [])


def changed(objects: list[Object], which: str, path: str, value: Any) -> list[Object]:
    """Return the objects with one value of one of them put in, or taken out (ABSENT).

    Args:
        which: the first of this kind, or of this kind and name.
        path: from the object's top, or from its pod's if it begins with "pod.".
    """
    objects = copy.deepcopy(objects)
    place: Any = next(each for each in objects if which in (each["kind"], _name(each)))
    if path.startswith("pod."):
        place, path = pods([place])[0], path.removeprefix("pod.")
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in way:
        place = place[step]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return objects


def against_schema(objects: list[Object], version: str = NEWEST) -> Iterator[str]:
    """Complain of what that version of Kubernetes does not know, or wants."""
    for each in objects:
        try:
            kubernetes_validate.validate(each, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError as error:
            yield error.message
        except jsonschema.ValidationError as error:
            yield f"{_name(each)} {error.json_path}: {error.message}"


def of_environment(objects: list[Object]) -> Iterator[str]:
    """Complain of variables that are no settings, and of secrets that are not by reference."""
    for settings in of_kind(objects, "ConfigMap"):
        for name, value in settings["data"].items():
            yield from _of_variable(name, value)
    for container in containers(objects):
        for variable in container.get("env", []):
            yield from _of_variable(variable["name"], variable.get("value"))
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference and reference["key"] != variable["name"]:
                yield f"{variable['name']} is taken from the key {reference['key']}"
    for secret in of_kind(objects, "Secret"):
        yield f"{_name(secret)} is a secret in a manifest"
    if "://" in json.dumps(objects):
        yield "an address, which may hold a password"


def _of_variable(name: str, value: str | None) -> Iterator[str]:
    if name not in SETTINGS:
        yield f"{name} is no setting"
    if name in SECRETS and value is not None:
        yield f"{name} is a secret in a manifest"


def of_names(objects: list[Object]) -> Iterator[str]:
    """Complain of names that clash or are too long."""
    for name, times in Counter(map(_name, objects)).items():
        if times > 1:
            yield f"{name} is there {times} times"
    for each in of_kind(objects, "CronJob"):
        if len(each["metadata"]["name"]) > 52:  # Kubernetes appends 11 characters
            yield f"{_name(each)} is too long"


def of_references(objects: list[Object]) -> Iterator[str]:
    """Complain of what is named but not there."""
    there = {_name(each) for each in objects}
    named = set()
    for container in containers(objects):
        for source in container.get("envFrom", []):
            named.add(f"ConfigMap {source['configMapRef']['name']}")
    for pod in pods(objects):
        for volume in pod["volumes"]:
            if "persistentVolumeClaim" in volume:
                named.add(f"PersistentVolumeClaim {volume['persistentVolumeClaim']['claimName']}")
    for name in sorted(named - there):
        yield f"there is no {name}"


def of_labels(objects: list[Object]) -> Iterator[str]:
    """Complain of objects and pods that bear no name, or CronJobs without a component."""
    for each in objects:
        job = job_of(each)
        places = [each] if job is None else [each, job["template"]]
        for place in places:
            labels = place["metadata"].get("labels", {})
            if labels.get("app.kubernetes.io/name") != "trc-mee6":
                yield f"{_name(each)} is without a name label"
            if job is not None and "app.kubernetes.io/component" not in labels:
                yield f"{_name(each)} is without a component label"
        if each["metadata"].get("namespace") != "trc-mee6":
            yield f"{_name(each)} is in another namespace"


def of_security(objects: list[Object]) -> Iterator[str]:
    """Complain of what the restricted standard forbids, and of what we do without."""
    for pod in pods(objects):
        whole = pod.get("securityContext", {})
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if field in pod:
                yield field
        for volume in pod["volumes"]:
            if not set(volume) <= _VOLUMES | {"name"}:
                yield f"a volume of the host: {volume}"
        if pod.get("automountServiceAccountToken") is not False:
            yield "a token of Kubernetes"
        if pod.get("enableServiceLinks") is not False:
            yield "variables of other services"
        if "sysctls" in whole:
            yield "sysctls"
        for container in pod["containers"] + pod.get("initContainers", []):
            yield from _of_container(whole, container)


def _of_container(whole: Object, container: Object) -> Iterator[str]:
    own = container.get("securityContext", {})
    both = whole | own  # a container's own come first
    capabilities = own.get("capabilities", {})
    wanted = {
        "runAsNonRoot": (both.get("runAsNonRoot"), True),
        "runAsUser": (both.get("runAsUser"), 10001),
        "runAsGroup": (both.get("runAsGroup"), 10001),
        "seccompProfile": (both.get("seccompProfile"), {"type": "RuntimeDefault"}),
        "allowPrivilegeEscalation": (own.get("allowPrivilegeEscalation"), False),
        "readOnlyRootFilesystem": (own.get("readOnlyRootFilesystem"), True),
        "privileged": (own.get("privileged", False), False),
        "procMount": (own.get("procMount", "Default"), "Default"),
        "capabilities dropped": (capabilities.get("drop"), ["ALL"]),
        "capabilities added": (capabilities.get("add", []), []),
        "seLinuxOptions": (both.get("seLinuxOptions", {}), {}),
        "appArmorProfile": (both.get("appArmorProfile", {}), {}),
        "ports": (container.get("ports", []), []),
    }
    for what, (found, right) in wanted.items():
        if found != right:
            yield f"{what} is {found}"


def of_containers(objects: list[Object]) -> Iterator[str]:
    """Complain of containers that are not bounded, and of files that cannot be written."""
    for pod in pods(objects):
        for container in pod["containers"]:
            resources = container.get("resources", {})
            for bound in ("requests", "limits"):
                for what in ("cpu", "memory"):
                    if what not in resources.get(bound, {}):
                        yield f"no {bound} of {what}"
            if "command" in container:
                yield "the image's own command is replaced"
            places = {mount["mountPath"] for mount in container["volumeMounts"]}
            if "/tmp" not in places:
                yield "no place for temporary files"
            for output in outputs(container):
                if str(output.parent) not in places:
                    yield f"{output} is on no volume"


def outputs(container: Object) -> list[Path]:
    """Return the files that a container's command writes."""
    return [
        Path(word.removeprefix("--output="))
        for word in container["args"]
        if word.startswith("--output=")
    ]


def of_jobs(objects: list[Object]) -> Iterator[str]:
    """Complain of Jobs that may last for ever or be repeated in a way that is not said."""
    for job in jobs(objects):
        pod = job["template"]["spec"]
        for field in ("activeDeadlineSeconds", "ttlSecondsAfterFinished"):
            if not job.get(field):
                yield f"no {field}"
        if "backoffLimit" not in job:
            yield "no backoffLimit"
        if pod.get("restartPolicy") != "Never":
            yield "restartPolicy is not Never, which podFailurePolicy asks for"
        if not 5 < pod.get("terminationGracePeriodSeconds", 0) <= 30:
            yield "no time to end in"


def of_policies(objects: list[Object]) -> Iterator[str]:
    """Complain of what the server refuses though the schema allows it."""
    for job in jobs(objects):
        rules = job["podFailurePolicy"]["rules"]
        names = {container["name"] for container in job["template"]["spec"]["containers"]}
        if len(rules) > 20:
            yield f"{len(rules)} rules"
        for rule in rules:
            codes = rule.get("onExitCodes", {"containerName": None, "values": []})
            if codes["values"] != sorted(set(codes["values"])) or 0 in codes["values"]:
                yield f"exit codes {codes['values']}"
            if codes.get("containerName") not in {None, *names}:
                yield f"there is no container {codes['containerName']}"
            if ("onExitCodes" in rule) is ("onPodConditions" in rule):
                yield f"a rule with two conditions or none: {rule}"


def of_schedules(objects: list[Object]) -> Iterator[str]:
    """Complain of CronJobs that leave open when, how often or how long they run."""
    for each in of_kind(objects, "CronJob"):
        spec = each["spec"]
        right = {"timeZone": "Etc/UTC", "concurrencyPolicy": "Forbid", "suspend": False}
        for field, value in right.items():
            if spec.get(field) != value:
                yield f"{field} is not {value}"
        for field in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
            if not spec.get(field):
                yield f"no {field}"
        interval = _seconds_between_runs(spec["schedule"])
        if not 10 <= spec.get("startingDeadlineSeconds", 0) < interval:
            yield "startingDeadlineSeconds is not from 10 to the next run"
        if spec["jobTemplate"]["spec"].get("activeDeadlineSeconds", interval) >= interval:
            yield "activeDeadlineSeconds reach beyond the next run"


def of_order(objects: list[Object]) -> Iterator[str]:
    """Complain of streaks that do not leave the day's first sync five minutes."""
    starts = {
        each["metadata"]["name"]: minutes_of_day(each["spec"]["schedule"])[0]
        for each in of_kind(objects, "CronJob")
    }
    for name, minute in starts.items():
        if "streaks" in name and minute < starts[name.replace("streaks", "sync")] + 5:
            yield f"{name} comes too early"


def _seconds_between_runs(schedule: str) -> int:
    minutes = minutes_of_day(schedule)
    return 60 * min(b - a for a, b in pairwise([*minutes, minutes[0] + 24 * 60]))


def minutes_of_day(schedule: str) -> list[int]:
    """Return the minutes after midnight at which a daily or hourly schedule fires."""
    minute, hour, *rest = schedule.split()
    assert rest == ["*"] * 3
    return [60 * h + m for h in _fits(hour, 24) for m in _fits(minute, 60)]


def _fits(field: str, size: int) -> list[int]:
    span, _, step = field.partition("/")
    first, _, last = ("0", "", str(size - 1)) if span == "*" else span.partition("-")
    return list(range(int(first), int(last or first) + 1, int(step or 1)))


def action(job: Object, code: int, *, disrupted: bool = False) -> str:
    """Return what the first rule that fits does with a pod that ended so; Count if none does."""
    for rule in job["podFailurePolicy"]["rules"]:
        if codes := rule.get("onExitCodes"):
            if (code in codes["values"]) is (codes["operator"] == "In"):
                return rule["action"]
        elif (
            disrupted and {"type": "DisruptionTarget", "status": "True"} in rule["onPodConditions"]
        ):
            return rule["action"]
    return "Count"


def _name(each: Object) -> str:
    return f"{each['kind']} {each['metadata']['name']}"
