"""The example of a Java program with the server in its own process, built by Maven against the installed modules."""

import os
import pathlib
import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest

from server import FOOD11_MODELS, ROOT

# Folders with a pom of their own alone, and the name of the jar of each module.
PARENTS = (".", "server")
MODULES = {
    "model-repo": "nereid-model-repo",
    "scheduler": "nereid-scheduler",
    "backends": "nereid-backends",
    "server/core": "nereid-server-core",
    "server/observability": "nereid-server-observability",
    "server/frontend": "nereid-server-frontend",
    "server/http": "nereid-server-http",
    "server/grpc": "nereid-server-grpc",
    "server/console": "nereid-server-console",
    "server/perf": "nereid-server-perf",
    "server/launcher": "nereid-server",
}
MINUTES = 5
# A project that installs the modules, in one run of Maven.
INSTALLING = """
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>io.nereid.interop</groupId>
  <artifactId>install</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <build>
    <plugins>
      <plugin>
        <artifactId>maven-install-plugin</artifactId>
        <version>3.1.4</version>
        <executions>{executions}
        </executions>
      </plugin>
    </plugins>
  </build>
</project>
"""


def java_25():
    """The home of a JDK 25 or newer."""
    homes = [os.environ.get("JAVA_HOME", ""), *sorted(map(str, pathlib.Path("/usr/lib/jvm").glob("*")))]
    for home in homes:
        release = pathlib.Path(home, "release")
        if pathlib.Path(home, "bin", "javac").exists() and release.exists():
            version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.M)
            if version and int(version[1]) >= 25:
                return home
    pytest.fail(f"no JDK 25 among {homes}")


def maven(*arguments):
    return subprocess.run(
        ["mvn", "-B", "-ntp", "-q", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "JAVA_HOME": java_25()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60 * MINUTES,
    )


def installation(pom, file, packaging):
    """An execution of Maven's install plugin: what `mvn install` does with one module, without building it again."""
    return f"""
        <execution>
          <id>{file.name}</id>
          <phase>validate</phase>
          <goals><goal>install-file</goal></goals>
          <configuration><pomFile>{pom}</pomFile><file>{file}</file><packaging>{packaging}</packaging></configuration>
        </execution>"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    executions = []
    for parent in PARENTS:
        pom = ROOT / parent / "pom.xml"
        executions.append(installation(pom, pom, "pom").replace("<id>pom.xml", f"<id>{len(executions)}"))
    for folder, name in MODULES.items():
        (jar,) = (ROOT / "server" / "target" / "nereid" / "lib").glob(f"{name}-[0-9]*.jar")
        executions.append(installation(ROOT / folder / "pom.xml", jar, "jar"))
    pom = tmp_path_factory.mktemp("install") / "pom.xml"
    pom.write_text(INSTALLING.format(executions="".join(executions)))
    finished = maven("-f", pom, "validate")
    assert finished.returncode == 0, finished.stdout


def classify(repository, photograph):
    return maven(
        "-f",
        ROOT / "examples" / "embedded",
        "compile",
        "exec:java",
        "-Dexec.mainClass=Classify",
        f"-Dexec.args={repository} {photograph}",
    )


def test_a_photograph_is_classified_without_a_port(installed):
    finished = classify(FOOD11_MODELS, ROOT / "examples" / "food11" / "images" / "fruits.jpg")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    classes = re.findall(r"-?\d+\.\d+:\d+:(.+)", finished.stdout)
    assert len(classes) == 3, finished.stdout
    assert classes[0] == "Vegetable/Fruit"


def test_a_model_that_cannot_be_loaded_is_named_with_the_reason(installed, tmp_path):
    (tmp_path / "food_classifier_onnx" / "1").mkdir(parents=True)
    (tmp_path / "food_classifier_onnx" / "1" / "model.onnx").write_bytes(b"no model")
    finished = classify(tmp_path, ROOT / "examples" / "food11" / "images" / "fruits.jpg")
    assert finished.returncode != 0
    received = finished.stdout + finished.stderr
    assert "failed to load all models: 'food_classifier_onnx'" in received and "model.onnx" in received, received


def test_ten_lines_outside_of_the_repository_label_a_photograph(installed, tmp_path):
    program = tmp_path / "label"
    shutil.copytree(ROOT / "examples" / "embedded" / "smallest", program, ignore=shutil.ignore_patterns("target"))
    for file in (program / "pom.xml", program / "src" / "main" / "java" / "Label.java"):
        assert len(file.read_text().splitlines()) == 10
    photograph = ROOT / "examples" / "food11" / "images" / "fruits.jpg"
    finished = maven(
        *("-f", program, "compile", "exec:exec", f"-Dexec.executable={java_25()}/bin/java"),
        f"-Dexec.args=-cp %classpath Label {FOOD11_MODELS} {photograph}",
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Vegetable/Fruit" in finished.stdout


def test_poms_have_what_maven_central_asks_for():
    parent = ElementTree.parse(ROOT / "pom.xml")
    for element in ("url", "licenses/license/name", "licenses/license/url", "developers/developer/name", "scm/url"):
        assert parent.findtext(path(element)), element
    for folder in (*PARENTS, *MODULES):
        module = ElementTree.parse(ROOT / folder / "pom.xml")
        for element in ("name", "description"):
            assert module.findtext(path(element)), f"{folder}: {element}"


def path(elements):
    return "/".join("{*}" + element for element in elements.split("/"))


def test_the_documentation_shows_the_program_that_is_tested():
    shown = (ROOT / "docs" / "install.md").read_text()
    for file in ("pom.xml", "src/main/java/Label.java"):
        assert (ROOT / "examples" / "embedded" / "smallest" / file).read_text() in shown
