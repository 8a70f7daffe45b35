"""Checks manifests against schemas, strictly: a field that a schema does not know is a mistake. Used by deploy/check."""

import argparse
import ast
import copy
import pathlib
import sys
import zipfile

import jsonschema
import kubernetes_validate
import yaml

KUBERNETES = ("1.33", "1.37")
FLAG = {"grace": "--drain-grace-secs=", "exit": "--exit-timeout-secs="}


def strict(schema):
    """The schema with every object closed that lists its properties."""
    if isinstance(schema, dict):
        schema = {key: strict(value) for key, value in schema.items()}
        if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            schema.setdefault("additionalProperties", False)
    elif isinstance(schema, list):
        schema = [strict(each) for each in schema]
    return schema


def custom_schemas(files):
    """Group/version and kind to the schema of a custom resource."""
    schemas = {}
    for file in files:
        definition = yaml.safe_load(pathlib.Path(file).read_text())["spec"]
        for version in definition["versions"]:
            schema = copy.deepcopy(version["schema"]["openAPIV3Schema"])
            schema["properties"]["metadata"] = {"type": "object", "additionalProperties": True}
            key = (f"{definition['group']}/{version['name']}", definition["names"]["kind"])
            schemas[key] = strict(schema)
    return schemas


class KServe:
    """The types of KServe, read from the tables in its Python package without running it."""

    def __init__(self, wheel):
        self.types = {}
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.startswith("kserve/models/v1") and name.endswith(".py"):
                    self._read(ast.parse(archive.read(name)))

    def _read(self, module):
        for cls in (node for node in module.body if isinstance(node, ast.ClassDef)):
            tables = {
                node.targets[0].id: ast.literal_eval(node.value)
                for node in cls.body
                if isinstance(node, ast.Assign) and node.targets[0].id in ("openapi_types", "attribute_map")
            }
            self.types[cls.name] = {
                wire: tables["openapi_types"][attribute] for attribute, wire in tables["attribute_map"].items()
            }

    def problems(self, value, type_name, path):
        """What is wrong with a value; Kubernetes's own types are not looked into."""
        if type_name.startswith("list["):
            if not isinstance(value, list):
                return [f"{path}: got {value!r} (expected a list)"]
            return [p for i, each in enumerate(value) for p in self.problems(each, type_name[5:-1], f"{path}[{i}]")]
        plain = {"str": str, "int": int, "bool": bool}.get(type_name)
        if plain is not None:
            return [] if isinstance(value, plain) else [f"{path}: got {value!r} (expected {type_name})"]
        known = self.types.get(type_name)
        if known is None:
            return []
        problems = [f"{path}.{key}: unknown field" for key in value if key not in known]
        for key, each in value.items():
            if key in known:
                problems += self.problems(each, known[key], f"{path}.{key}")
        return problems


def check(manifest, customs, kserve):
    """The problems of one manifest."""
    key = (manifest["apiVersion"], manifest["kind"])
    if key in customs:
        errors = jsonschema.Draft7Validator(customs[key]).iter_errors(manifest)
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]
    if manifest["apiVersion"].startswith("serving.kserve.io/"):
        version = manifest["apiVersion"].split("/")[1].capitalize()
        problems = kserve.problems(manifest, version + manifest["kind"], "")
        return problems + containers_of_kserve(manifest)
    problems = []
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}")
    return problems + shutdown(manifest)


def containers_of_kserve(manifest):
    """Containers and volumes of a runtime are Kubernetes's own: checked as those of a pod."""
    spec = manifest["spec"]
    if "containers" not in spec:
        return []
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x"},
        "spec": {"containers": spec["containers"], "volumes": spec.get("volumes", [])},
    }
    return check(pod, {}, None)


def shutdown(manifest):
    """Kubernetes must not kill a pod before the server's own limits have passed."""
    if manifest["kind"] != "Deployment":
        return []
    pod = manifest["spec"]["template"]["spec"]
    arguments = pod["containers"][0]["args"]
    seconds = sum(int(each.split("=")[1]) for each in arguments if each.startswith(tuple(FLAG.values())))
    if pod["terminationGracePeriodSeconds"] <= seconds:
        return [f"terminationGracePeriodSeconds: got {pod['terminationGracePeriodSeconds']} (expected over {seconds})"]
    return []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crd", action="append", default=[])
    parser.add_argument("--kserve", required=True)
    parser.add_argument("manifests", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    customs, kserve = custom_schemas(arguments.crd), KServe(arguments.kserve)
    failed = checked = 0
    for file in arguments.manifests:
        for manifest in filter(None, yaml.safe_load_all(file.read_text())):
            checked += 1
            for problem in check(manifest, customs, kserve):
                failed += 1
                print(f"{file.name}: {manifest['kind']} {manifest['metadata']['name']}: {problem}", file=sys.stderr)
    print(f"{checked} manifests checked, {failed} problems")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
