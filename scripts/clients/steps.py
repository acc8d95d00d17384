"""Steps that every walk shares: named, each tried, the broken ones told at the end."""

import base64
import json
import os
import sys
import time
import traceback
import urllib.request

URL = os.environ["URL"]
KEY = os.environ["KEY"]
BOM = os.environ["BOM"]
broken = []


def step(name, work, check=lambda answer: True):
    """Does one thing with the client; what it answers, or None when that is not right."""
    try:
        answer = work()
        if check(answer):
            return answer
        broken.append(f"{name}: answered {str(answer)[:300]}")
    except Exception as error:  # a client raises what it likes
        last = traceback.extract_tb(error.__traceback__)[-1]
        broken.append(f"{name}: {type(error).__name__}: {str(error)[:300]} ({last.name})")
    return None


def call(method, path, body=None):
    """A call that the client at hand does not have."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-Api-Key": KEY, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{URL}/api/v1/{path}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def wait(token):
    """Waits for what a token stands for; true in the end."""
    for _ in range(600):
        if not call("GET", f"event/token/{token}")["processing"]:
            return True
        time.sleep(0.1)
    return False


def upload(name):
    """Uploads the SBOM for a project of this name, waits for it, and answers the project's uuid."""
    with open(BOM, "rb") as file:
        bom = base64.b64encode(file.read()).decode()
    body = {"projectName": name, "projectVersion": "1.0", "autoCreate": True, "bom": bom}
    wait(call("PUT", "bom", body)["token"])
    return call("GET", f"project/lookup?name={name}&version=1.0")["uuid"]


def end():
    """Tells what broke."""
    for line in broken:
        print(line)
    sys.exit(1 if broken else 0)
