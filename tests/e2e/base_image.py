"""Make a local stand-in for the example's public base image, where no image can be pulled.

    python tests/e2e/base_image.py [--force]

The image has this machine's Python (under the public image's name, whatever its version), the shared libraries it
needs, a shell, CA certificates, boto3, pg8000 and pip: enough for ``podman build`` of the example, offline. Nothing in
a Dockerfile knows about it. When an image of that name is there already, real or not, nothing happens. Linux only.
"""

import argparse
import ctypes.util
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

NAME = "docker.io/library/python:3.13-slim"
UNUSED = ("test", "tests", "idlelib", "tkinter", "turtledemo", "site-packages", "__pycache__", "config-*")
PREFIX = Path("usr/local")
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
CHANGES = ("ENV PATH=/usr/local/bin:/usr/bin:/bin", "ENV LD_LIBRARY_PATH=/usr/local/lib", 'CMD ["python3"]')


def main() -> None:
    """Make the image unless it is there."""
    parser = argparse.ArgumentParser(description="Make a local stand-in for the example's base image.")
    parser.add_argument("--force", action="store_true", help="make it again although it is there")
    force = parser.parse_args().force
    engine = shutil.which("podman") or shutil.which("docker")
    if engine is None:
        sys.exit("neither podman nor docker is installed")
    present = subprocess.run([engine, "image", "inspect", NAME], capture_output=True, check=False).returncode == 0
    if present and not force:
        print(f"{NAME} is there")  # noqa: T201 - a script
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        build_root(root)
        changes = [part for change in CHANGES for part in ("--change", change)]
        archive = shutil.make_archive(str(Path(folder) / "image"), "tar", root)
        subprocess.run([engine, "import", *changes, archive, NAME], check=True, stdout=subprocess.DEVNULL)
    print(f"made {NAME} from Python {sys.version.split()[0]}")  # noqa: T201 - a script


def build_root(root: Path) -> None:
    """Lay out the image's file system."""
    for folder in ("tmp", "etc/ssl/certs", "usr/local/bin", "usr/local/lib", "bin", "proc", "sys", "dev", "run"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    shutil.copy(next(path for path in CERTIFICATES if Path(path).exists()), root / "etc/ssl/certs/ca-certificates.crt")
    programs = [_interpreter(root), *_standard_library(root), shutil.copy("/bin/sh", root / "bin/sh")]
    for library in sorted(_libraries([Path(program) for program in programs])):
        _place(library, root)
    _packages(root)
    _compile(root)


def _interpreter(root: Path) -> Path:
    version = f"python{sysconfig.get_python_version()}"
    target = root / PREFIX / "bin" / version
    shutil.copy(Path(sys.base_prefix) / "bin" / version, target)
    for name in ("python", "python3"):
        (target.parent / name).symlink_to(version)
    return target


def _standard_library(root: Path) -> list[Path]:
    source = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))
    target = root / PREFIX / "lib" / source.name
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*UNUSED))
    return list((target / "lib-dynload").glob("*.so"))


def _libraries(programs: list[Path]) -> set[Path]:
    listed = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=True).stdout
    found = {Path(path) for path in re.findall(r"(?:=> |^\t)(/\S+) \(0x", listed, re.MULTILINE)}
    # Loaded by name at run time, so ldd does not see it: stopping a thread needs it.
    support = ctypes.util.find_library("gcc_s")
    return found | {path.with_name(support) for path in found if support and path.name.startswith("libc.so")}


def _place(library: Path, root: Path) -> None:
    # The loader keeps its path, which programs name; every other library goes where LD_LIBRARY_PATH points.
    target = root / library.relative_to("/") if library.name.startswith("ld-") else root / PREFIX / "lib" / library.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(library, target)


def _packages(root: Path) -> None:
    target = next((root / PREFIX / "lib").glob("python*")) / "site-packages"
    target.mkdir()
    for name in _closure("boto3", set()) | _closure("pg8000", set()):
        package = metadata.distribution(name)
        for file in package.files or []:
            if ".." not in file.parts and file.suffix != ".pyc":
                copied = target / file
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(package.locate_file(file)), copied)
    wheel = next((target.parent / "ensurepip/_bundled").glob("pip-*.whl"))
    with zipfile.ZipFile(wheel) as pip:
        pip.extractall(target)
    script = root / PREFIX / "bin/pip"
    script.write_text(
        "#!/usr/local/bin/python3\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)


def _compile(root: Path) -> None:
    """A container's root is read-only: without bytecode each start would compile the standard library and boto3."""
    library = next((root / PREFIX / "lib").glob("python*"))
    command = [sys.executable, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", root, "-p", "/", library], check=True)


def _closure(name: str, seen: set[str]) -> set[str]:
    seen.add(name)
    for requirement in metadata.requires(name) or []:
        needed = re.match(r"[\w.-]+", requirement)
        if needed and "extra ==" not in requirement and needed[0] not in seen:
            _closure(needed[0], seen)
    return seen


if __name__ == "__main__":
    main()
