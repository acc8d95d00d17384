from dtrackauditor.auditor import Auditor, AuditorException
from steps import BOM, KEY, URL, end, step

NAME = "python-auditor"
at = (URL, KEY)
# It raises what it finds, and does not end the process.
AuditorException.INSTANT_EXIT = False


def violates(uuid):
    """What the client says of the violations, which it raises."""
    try:
        Auditor.check_policy_violations(*at, uuid)
    except AuditorException as raised:
        return str(raised)


step("get_dependencytrack_version", lambda: Auditor.get_dependencytrack_version(*at), lambda one: one is not None)
step(
    "read_upload_bom",
    lambda: Auditor.read_upload_bom(*at, NAME, "1.0", BOM, True, wait=True),
    lambda answer: True,
)
uuid = step(
    "get_project_with_version_id",
    lambda: Auditor.get_project_with_version_id(*at, NAME, "1.0"),
    lambda found: isinstance(found, str),
)
if uuid:
    step("poll_project_uuid", lambda: Auditor.poll_project_uuid(*at, uuid), lambda found: found)
    step("get_project_list", lambda: Auditor.get_project_list(*at), lambda all: any(one["uuid"] == uuid for one in all))
    step("get_project_components_list", lambda: Auditor.get_project_components_list(*at, uuid), lambda all: len(all) == 2)
    step("get_project_findings", lambda: Auditor.get_project_findings(*at, uuid), lambda all: len(all) == 1)
    step("get_project_findings_export", lambda: Auditor.get_project_findings_export(*at, uuid), lambda one: one)
    step("get_project_policy_violations", lambda: Auditor.get_project_policy_violations(*at, uuid), lambda all: len(all) == 1)
    step("check_vulnerabilities", lambda: Auditor.check_vulnerabilities(*at, uuid, ["critical:1:true", "high:2:true"], "ALL"))
    step("check_policy_violations", lambda: violates(uuid), lambda said: said.startswith("1 policy violations"))
    # With wait=True the client stumbles over a name of its own (bom_token), whatever it is answered.
    step("request_project_findings_reanalyze", lambda: Auditor.request_project_findings_reanalyze(*at, uuid))
    step("request_project_metrics_refresh", lambda: Auditor.request_project_metrics_refresh(*at, uuid))
    step("get_project_dependencies", lambda: Auditor.get_project_dependencies(*at, uuid), lambda all: len(all) == 1)
    step("set_project_active", lambda: Auditor.set_project_active(*at, uuid, True))
    copy = step(
        "clone_project_by_uuid",
        lambda: Auditor.clone_project_by_uuid(*at, uuid, "2.0", wait=True),
    )
    step("delete_project", lambda: Auditor.delete_project(*at, NAME, "1.0"))
end()
