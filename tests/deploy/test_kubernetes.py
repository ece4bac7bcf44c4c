"""A cluster takes the manifests of deploy/kubernetes, and what they start does its work."""

import json
import re
from pathlib import Path

import manifests
import pytest
from manifests import ABSENT, FOLDER, NEWEST, OLDEST, changed, of_kind, rendered
from support import PROGRAM, run_to_end

from trc_mee6.standin import Board
from trc_mee6.version import __version__

DOCS = FOLDER.parents[1] / "docs"
FOLDERS = ("base", "migrate", "overlays/two-guilds")
GUILDS = {"base": 1, "migrate": 0, "overlays/two-guilds": 2}
SECRET_BY_VALUE = {"name": "SENTRY_DSN", "value": "a"}
JOB = "spec/jobTemplate/spec"
RULES = f"{JOB}/podFailurePolicy/rules"
CONTAINER = "pod.containers/0"
CONFINED = f"{CONTAINER}/securityContext"

# What a pod that ends with one of our exit codes leads to. Counted is what a repetition may mend:
# an unexpected error, an outage, a signal from nobody knows whom, too little memory.
ACTIONS = {
    1: "Count", 2: "FailJob", 65: "FailJob", 69: "Count", 75: "Ignore", 76: "FailJob",
    77: "FailJob", 78: "FailJob", 129: "Count", 130: "Count", 137: "Count", 141: "Count",
    143: "Count",
}  # fmt: skip
# Every way of breaking a manifest, and who has to notice: checker, which object, path, value.
BROKEN = [
    (manifests.against_schema, "CronJob", "spec/schedule", ABSENT),
    (manifests.against_schema, "CronJob", "spec/timezone", "Etc/UTC"),
    (manifests.against_schema, "CronJob", f"{JOB}/backoffLimit", "0"),
    (manifests.against_schema, "CronJob", f"{CONTAINER}/environment", []),
    (manifests.against_schema, "CronJob", "apiVersion", "batch/v1beta1"),
    (manifests.against_schema, "ConfigMap", "data/MEE6_GUILD_ID", 123456789012345678),
    (manifests.against_schema, "PersistentVolumeClaim", "spec/size", "16Mi"),
    (manifests.of_environment, "ConfigMap", "data/MEE6_GUILD", "1"),
    (manifests.of_environment, "ConfigMap", "data/mee6_guild_id", "1"),
    (manifests.of_environment, "ConfigMap", "data/MEE6_AUTH_TOKEN", "abc"),
    (manifests.of_environment, "ConfigMap", "data/MEMBERS_SQL", "postgresql://a:b@c/d"),
    (manifests.of_environment, "ConfigMap", "kind", "Secret"),
    (manifests.of_environment, "CronJob", f"{CONTAINER}/env/0/name", "DATABASE"),
    (manifests.of_environment, "CronJob", f"{CONTAINER}/env/0", SECRET_BY_VALUE),
    (manifests.of_environment, "CronJob", f"{CONTAINER}/env/0/valueFrom/secretKeyRef/key", "URL"),
    (manifests.of_references, "ConfigMap", "metadata/name", "other"),
    (manifests.of_references, "PersistentVolumeClaim", "metadata/name", "other"),
    (manifests.of_names, "CronJob", "metadata/name", "trc-mee6-sync"),
    (manifests.of_names, "CronJob", "metadata/name", "a" * 53),
    (manifests.of_labels, "ConfigMap", "metadata/labels", {}),
    (manifests.of_labels, "ConfigMap", "metadata/namespace", "default"),
    (manifests.of_labels, "CronJob", f"{JOB}/template/metadata/labels", {}),
    (manifests.of_security, "CronJob", "pod.hostNetwork", True),
    (manifests.of_security, "CronJob", "pod.hostPID", True),
    (manifests.of_security, "CronJob", "pod.volumes/0", {"name": "tmp", "hostPath": {"path": "/"}}),
    (manifests.of_security, "CronJob", "pod.automountServiceAccountToken", ABSENT),
    (manifests.of_security, "CronJob", "pod.enableServiceLinks", ABSENT),
    (manifests.of_security, "CronJob", "pod.securityContext/runAsNonRoot", False),
    (manifests.of_security, "CronJob", "pod.securityContext/runAsUser", 0),
    (manifests.of_security, "CronJob", "pod.securityContext/runAsGroup", ABSENT),
    (manifests.of_security, "CronJob", "pod.securityContext/seccompProfile", ABSENT),
    (manifests.of_security, "CronJob", "pod.securityContext/seccompProfile/type", "Unconfined"),
    (manifests.of_security, "CronJob", "pod.securityContext/sysctls", []),
    (manifests.of_security, "CronJob", CONFINED, ABSENT),
    (manifests.of_security, "CronJob", f"{CONFINED}/runAsUser", 0),
    (manifests.of_security, "CronJob", f"{CONFINED}/privileged", True),
    (manifests.of_security, "CronJob", f"{CONFINED}/procMount", "Unmasked"),
    (manifests.of_security, "CronJob", f"{CONFINED}/capabilities/drop", []),
    (manifests.of_security, "CronJob", f"{CONFINED}/capabilities/add", ["KILL"]),
    (manifests.of_security, "CronJob", f"{CONFINED}/readOnlyRootFilesystem", ABSENT),
    (manifests.of_security, "CronJob", f"{CONFINED}/allowPrivilegeEscalation", ABSENT),
    (manifests.of_security, "CronJob", f"{CONTAINER}/ports", [{"hostPort": 80}]),
    (manifests.of_security, "CronJob", "pod.initContainers", [{"name": "other", "image": "other"}]),
    (manifests.of_containers, "CronJob", f"{CONTAINER}/resources/limits/memory", ABSENT),
    (manifests.of_containers, "CronJob", f"{CONTAINER}/resources/requests", ABSENT),
    (manifests.of_containers, "CronJob", f"{CONTAINER}/command", ["sh"]),
    (manifests.of_containers, "CronJob", f"{CONTAINER}/volumeMounts", []),
    (manifests.of_containers, "CronJob", f"{CONTAINER}/args", ["leaderboard", "--output=/a.json"]),
    (manifests.of_jobs, "CronJob", f"{JOB}/activeDeadlineSeconds", ABSENT),
    (manifests.of_schedules, "CronJob", f"{JOB}/activeDeadlineSeconds", 100_000),
    (manifests.of_jobs, "CronJob", f"{JOB}/ttlSecondsAfterFinished", ABSENT),
    (manifests.of_jobs, "CronJob", f"{JOB}/backoffLimit", ABSENT),
    (manifests.of_jobs, "CronJob", "pod.restartPolicy", "OnFailure"),
    (manifests.of_jobs, "CronJob", "pod.terminationGracePeriodSeconds", 4),
    (manifests.of_jobs, "CronJob", "pod.terminationGracePeriodSeconds", ABSENT),
    (manifests.of_schedules, "CronJob", "spec/timeZone", ABSENT),
    (manifests.of_schedules, "CronJob", "spec/concurrencyPolicy", "Allow"),
    (manifests.of_schedules, "CronJob", "spec/suspend", ABSENT),
    (manifests.of_schedules, "CronJob", "spec/successfulJobsHistoryLimit", ABSENT),
    (manifests.of_schedules, "CronJob", "spec/failedJobsHistoryLimit", 0),
    (manifests.of_schedules, "CronJob", "spec/startingDeadlineSeconds", ABSENT),
    (manifests.of_schedules, "CronJob", "spec/startingDeadlineSeconds", 100_000),
    (manifests.of_policies, "CronJob", f"{RULES}/0/onExitCodes/values", [78, 77]),
    (manifests.of_policies, "CronJob", f"{RULES}/0/onExitCodes/values", [0, 77]),
    (manifests.of_policies, "CronJob", f"{RULES}/0/onExitCodes/containerName", "main"),
    (manifests.of_policies, "CronJob", f"{RULES}/0/onPodConditions", []),
    (manifests.of_policies, "CronJob", f"{RULES}/0/onExitCodes", ABSENT),
    (manifests.of_policies, "CronJob", RULES, [{"action": "Count", "onPodConditions": []}] * 21),
    (manifests.of_order, "CronJob trc-mee6-streaks", "spec/schedule", "4 0 * * *"),
    (manifests.of_order, "CronJob trc-mee6-sync", "spec/schedule", "7-59/15 * * * *"),
]  # fmt: skip
CHECKERS = tuple(dict.fromkeys(checker for checker, *_ in BROKEN))


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("folder", FOLDERS)
def test_kubernetes_takes_it(folder, version):
    objects = rendered(folder)
    assert list(manifests.against_schema(objects, version)) == []
    assert len(of_kind(objects, "CronJob")) == 3 * GUILDS[folder]
    assert len(of_kind(objects, "Job")) == (folder == "migrate")


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.__name__)
@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_is_wrong(folder, checker):
    assert list(checker(rendered(folder))) == []


@pytest.mark.parametrize(("checker", "which", "path", "value"), BROKEN)
def test_what_is_wrong_is_found(checker, which, path, value):
    assert list(checker(changed(rendered("base"), which, path, value))) != []


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_exit_code_leads_to_the_right_thing(folder):
    for job in manifests.jobs(rendered(folder)):
        assert {code: manifests.action(job, code) for code in ACTIONS} == ACTIONS


def test_every_exit_code_is_decided_on():
    rows = re.findall(r"^\| ([\d, ]+) \|", (DOCS / "operating.md").read_text(), re.MULTILINE)
    documented = {int(code) for row in rows for code in row.split(",")}
    assert documented - {0} | {137} == set(ACTIONS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_drained_node_fails_nothing_but_what_no_pod_can_do(folder):
    for job in manifests.jobs(rendered(folder)):
        found = {code: manifests.action(job, code, disrupted=True) for code in ACTIONS}
        assert found == {c: a if a == "FailJob" else "Ignore" for c, a in ACTIONS.items()}


@pytest.mark.parametrize(("rule", "code"), [(0, 77), (0, 78), (0, 65), (1, 75)], ids=str)
def test_without_its_rule_a_code_would_be_counted(rule, code):
    objects = changed(rendered("base"), "CronJob", f"{RULES}/{rule}", ABSENT)
    assert manifests.action(manifests.jobs(objects)[0], code) == "Count"


def test_what_runs_once_a_day_outlasts_an_outage():
    limits = {
        each["metadata"]["name"]: manifests.job_of(each)["backoffLimit"]
        for each in rendered("base") + rendered("migrate")
        if manifests.job_of(each)
    }
    assert limits == {
        "trc-mee6-sync": 0, "trc-mee6-leaderboard": 0, "trc-mee6-streaks": 6, "trc-mee6-migrate": 3,
    }  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_image_is_that_of_this_version(folder):
    images = {container["image"] for container in manifests.containers(rendered(folder))}
    assert images == {f"trc-mee6:{__version__}"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_database_is_the_only_secret_that_has_to_be_there(folder):
    for container in manifests.containers(rendered(folder)):
        secrets = [variable["valueFrom"]["secretKeyRef"] for variable in container["env"]
                   if "valueFrom" in variable]  # fmt: skip
        assert {each["name"] for each in secrets} == {"trc-mee6"}
        assert [each["key"] for each in secrets if not each.get("optional")] == ["DATABASE_URL"]


def test_two_guilds_have_nothing_in_common_but_the_database():
    objects = rendered("overlays/two-guilds")
    guilds = [settings["data"]["MEE6_GUILD_ID"] for settings in of_kind(objects, "ConfigMap")]
    assert len(set(guilds)) == 2
    of_guild = [
        {
            source["configMapRef"]["name"]
            for container in manifests.containers(_labelled(objects, instance))
            for source in container["envFrom"]
        }
        for instance in ("first", "second")
    ]
    assert of_guild == [{"trc-mee6-first"}, {"trc-mee6-second"}]
    syncs = [each["spec"]["schedule"] for each in objects if "-sync-" in each["metadata"]["name"]]
    assert len(set(syncs)) == 2


def _labelled(objects, instance):
    return [
        each
        for each in objects
        if each["metadata"]["labels"]["app.kubernetes.io/instance"] == instance
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_it_starts_does_its_work(folder, environment, postgres_url, stand_in, tmp_path):
    objects = rendered(folder)
    for settings in of_kind(objects, "ConfigMap"):
        stand_in.add(Board(int(settings["data"]["MEE6_GUILD_ID"]), players=30))
    here = environment | {
        "MEE6_BASE_URL": stand_in.url, "MEE6_REQUEST_INTERVAL": "0", "DATABASE_URL": postgres_url,
    }  # fmt: skip
    order = ["db", "sync", "streaks", "leaderboard"]
    pods = sorted(manifests.pods(objects), key=lambda pod: order.index(_args(pod)[0]))
    for pod in pods:
        words = [_moved(word, pod, tmp_path) for word in _args(pod)]
        ran = run_to_end([*PROGRAM, *words], here | _variables(objects, pod), tmp_path)
        assert (ran.code, ran.err) == (0, ""), ran
    boards = [json.loads(file.read_text()) for file in tmp_path.glob("*/leaderboard.json")]
    assert {board["guild"]["id"] for board in boards} == {
        settings["data"]["MEE6_GUILD_ID"] for settings in of_kind(objects, "ConfigMap")
    }
    assert all(board["total_members"] == 30 for board in boards)


def _args(pod):
    (container,) = pod["containers"]
    return container["args"]


def _variables(objects, pod):
    """The variables of a pod, but for the secrets."""
    (container,) = pod["containers"]
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(objects, "ConfigMap")}
    found = {}
    for source in container.get("envFrom", []):
        found |= maps[source["configMapRef"]["name"]]
    return found | {one["name"]: one["value"] for one in container["env"] if "value" in one}


def _moved(word, pod, folder):
    """An argument with the place of a volume moved to a folder of the claim's name."""
    (container,) = pod["containers"]
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["volumes"]
        if "persistentVolumeClaim" in volume
    }
    for mount in container["volumeMounts"]:
        if mount["name"] in claims and mount["mountPath"] in word:
            place = folder / claims[mount["name"]]
            place.mkdir(exist_ok=True)
            return word.replace(mount["mountPath"], str(place))
    return word


def test_the_namespace_insists_on_the_restricted_standard():
    (namespace,) = [*manifests.yaml.safe_load_all((FOLDER / "namespace.yaml").read_text())]
    assert list(manifests.against_schema([namespace])) == []
    assert namespace["metadata"]["name"] == "trc-mee6"
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_docs_name_only_what_is_there():
    text = (DOCS / "kubernetes.md").read_text()
    named = set(re.findall(r"deploy/kubernetes/[\w./-]*\w", text))
    assert named
    assert [path for path in named if not Path(FOLDER.parents[1], path).exists()] == []
    there = {
        f"{each['kind'].lower()}/{each['metadata']['name']}"
        for folder in FOLDERS
        for each in rendered(folder)
    }
    assert set(re.findall(r"\b(?:cronjob|job|configmap)/trc-mee6[\w-]*", text)) <= there
