from steps import BOM, KEY, URL, call, end, step
from violetbeacon_deptrack_client import cli

NAME = "python-command"
server = ["--dtrack-baseurl", URL, "--api-key", KEY]
project = ["--project-name", NAME, "--project-version", "1.0"]


def uploaded():
    uuid = call("GET", f"project/lookup?name={NAME}&version=1.0")["uuid"]
    return call("GET", f"project/{uuid}")["uuid"] == uuid


step(
    "upload-bom",
    lambda: cli.main(["upload-bom", *server, *project, "--autocreate", "--bom-file", BOM]),
    lambda status: status == 0 and uploaded(),
)
end()
