"""The MQTT contract is valid AsyncAPI 3.0 by the official JSON schema.

The schema is published in the npm package ``@asyncapi/specs``. ``ANDON_ASYNCAPI_SCHEMA`` names its file
``schemas/3.0.0.json``; without it `npm pack` brings it where npm is installed.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from andon_contracts.asyncapi import document

pytestmark = pytest.mark.integration
PACKAGE = "@asyncapi/specs@6.11.1"


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> jsonschema.protocols.Validator:
    named = os.environ.get("ANDON_ASYNCAPI_SCHEMA")
    if named:
        path = Path(named)
    else:
        if not shutil.which("npm"):
            pytest.skip("npm is not installed and ANDON_ASYNCAPI_SCHEMA does not name the schema")
        folder = tmp_path_factory.mktemp("asyncapi")
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extract("package/schemas/3.0.0.json", folder, filter="data")
        path = folder / "package/schemas/3.0.0.json"
    schema = json.loads(path.read_text())
    return jsonschema.validators.validator_for(schema)(schema)


def test_the_contract_is_valid(validator: jsonschema.protocols.Validator) -> None:
    problems = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(document())]
    assert problems == []


@pytest.mark.parametrize("spoil", ["asyncapi", "channels", "operations"])
def test_the_schema_would_notice(validator: jsonschema.protocols.Validator, spoil: str) -> None:
    broken: dict[str, Any] = copy.deepcopy(document())
    broken[spoil] = "not this"
    assert list(validator.iter_errors(broken))
