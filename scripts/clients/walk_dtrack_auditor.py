from dtrackauditor.auditor import Auditor
from steps import BOM, KEY, URL, end, step

NAME = "python-auditor"
at = (URL, KEY)
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
    step("get_project_policy_violations", lambda: Auditor.get_project_policy_violations(*at, uuid), lambda all: all == [])
    step("check_vulnerabilities", lambda: Auditor.check_vulnerabilities(*at, uuid, ["critical:0"], "ALL"))
    step("request_project_findings_reanalyze", lambda: Auditor.request_project_findings_reanalyze(*at, uuid, wait=True))
    step("request_project_metrics_refresh", lambda: Auditor.request_project_metrics_refresh(*at, uuid, wait=True))
    step("get_project_dependencies", lambda: Auditor.get_project_dependencies(*at, uuid), lambda all: len(all) == 1)
    step("set_project_active", lambda: Auditor.set_project_active(*at, uuid, True))
    copy = step(
        "clone_project_by_uuid",
        lambda: Auditor.clone_project_by_uuid(*at, uuid, "2.0", wait=True),
    )
    step("delete_project", lambda: Auditor.delete_project(*at, NAME, "1.0"))
end()
