import time

import owasp_dt
from owasp_dt.api.bom import upload_bom
from owasp_dt.api.component import get_all_components
from owasp_dt.api.event import is_token_being_processed_1 as progress
from owasp_dt.api.finding import get_findings_by_project
from owasp_dt.api.metrics import get_project_current_metrics
from owasp_dt.api.project import create_project, delete_project, get_project_by_name_and_version, get_projects
from owasp_dt.api.version import get_version
from owasp_dt.api.violation import get_violations_by_project
from owasp_dt.models import Project, UploadBomBody
from steps import BOM, KEY, URL, end, step

client = owasp_dt.AuthenticatedClient(
    base_url=f"{URL}/api", token=KEY, prefix="", auth_header_name="X-Api-Key", raise_on_unexpected_status=True
)
step("version", lambda: get_version.sync_detailed(client=client), lambda answer: answer.status_code == 200)


def ok(answer):
    return answer.status_code in (200, 201)


body = UploadBomBody(project_name="python-openapi", project_version="1.0", auto_create=True, bom=open(BOM).read())
receipt = step("upload_bom", lambda: upload_bom.sync_detailed(client=client, body=body), ok)
if receipt:
    token = receipt.parsed.token
    while progress.sync_detailed(client=client, uuid=token).parsed.processing:
        time.sleep(0.1)
    found = step(
        "lookup",
        lambda: get_project_by_name_and_version.sync_detailed(client=client, name="python-openapi", version="1.0"),
        lambda answer: ok(answer) and answer.parsed.name == "python-openapi",
    )
    uuid = found.parsed.uuid if found else None
    step(
        "components",
        lambda: get_all_components.sync_detailed(client=client, uuid=uuid),
        lambda answer: len(answer.parsed) == 2,
    )
    step(
        "findings",
        lambda: get_findings_by_project.sync_detailed(client=client, uuid=uuid),
        lambda answer: len(answer.parsed) == 1,
    )
    step(
        "metrics",
        lambda: get_project_current_metrics.sync_detailed(client=client, uuid=uuid),
        lambda answer: answer.parsed.vulnerabilities == 1,
    )
    step(
        "violations",
        lambda: get_violations_by_project.sync_detailed(client=client, uuid=uuid),
        lambda answer: len(answer.parsed) == 1,
    )
step("projects", lambda: get_projects.sync_detailed(client=client), ok)
made = step(
    "create_project",
    lambda: create_project.sync_detailed(client=client, body=Project(name="python-made", version="1")),
    ok,
)
if made:
    step(
        "delete_project",
        lambda: delete_project.sync_detailed(client=client, uuid=made.parsed.uuid),
        lambda answer: answer.status_code == 204,
    )
end()
