#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: test what the design promises of the images and of the tree itself.

usage: run.py --build FOLDER

The last line is "N passed, N failed".
"""
import argparse
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OBJDUMP = "x86_64-w64-mingw32-objdump"

# What only the HAL and the boot code may execute (design: machine things are HAL verbs).
PRIVILEGED = re.compile(
    r"^(mov\s.*%(cr|dr|tr)\d|(rd|wr)msr|rdpmc|(in|out)(s[bwl])?\s|(rep )?(in|out)s|cli|sti|hlt|l[gi]dt|lldt|ltr|lmsw|clts"
    r"|invlpg|invpcid|invd|wbinvd|swapgs|i?retq?f?\b.*iret|iret|sysret|sysexit|xsetbv|(wr|rd)(fs|gs)base|vm\w+|pause)")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def instructions(image):
    """Yield (address, instruction) of an image."""
    for line in output(OBJDUMP, "-d", "--no-show-raw-insn", image).splitlines():
        match = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
        if match:
            yield match.group(1), match.group(2).strip()


def test_nothing_above_the_hal_is_privileged(build):
    found = [f"{where}: {what}" for where, what in instructions(f"{build}/kernel/ntoskrnl.exe")
             if PRIVILEGED.match(what)]
    assert not found, found[:5]


def test_the_privileged_pattern_finds_what_the_hal_executes(build):
    found = {what.split()[0] for _, what in instructions(f"{build}/hal/pc/hal.dll")
             if PRIVILEGED.match(what)}
    for mnemonic in ("cli", "sti", "hlt", "wrmsr", "rdmsr", "iretq", "invlpg", "pause", "mov", "out"):
        assert mnemonic in found, f"{mnemonic} is not among {sorted(found)}"


def test_hal_dll_imports_nothing(build):
    assert "DLL Name" not in output(OBJDUMP, "-p", f"{build}/hal/pc/hal.dll")


def test_ntoskrnl_exe_imports_only_hal_dll(build):
    names = re.findall(r"DLL Name: (\S+)", output(OBJDUMP, "-p", f"{build}/kernel/ntoskrnl.exe"))
    assert set(names) == {"hal.dll"}, names


def table():
    """Return the export table's rows."""
    with open(f"{TOP}/kernel/exports.tsv", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


def usage():
    """Return name -> export or inline, of what three or more surveyed drivers use."""
    with open(f"{TOP}/tests/tree/ddi-usage.tsv", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    return {name: how for name, _, how in rows[1:]}


def called_by_contract_drivers(build):
    """Return the names that the contract drivers import."""
    drivers = [os.path.join(folder, name) for folder, _, names in os.walk(f"{build}/tests/contract")
               for name in names if name.endswith(".sys")]
    assert len(drivers) > 100, f"only {len(drivers)} drivers in {build}/tests/contract"
    names = set()
    for text in output(OBJDUMP, "-p", *drivers).split("The Import Tables")[1:]:
        names.update(re.findall(r"^\s+[0-9a-f]+\s+\S+\s+([A-Za-z_]\w*)\s*$", text, re.M))
    return names


def called_by_unit_tests():
    """Return the words that are called in the sources of the unit tests."""
    folder, words = f"{TOP}/tests/unit", set()
    for name in os.listdir(folder):
        if name.endswith(".c"):
            with open(f"{folder}/{name}", encoding="utf-8") as source:
                words.update(re.findall(r"\b(\w+)\(", source.read()))
    return words


def untested():
    """Return the names that no test calls yet; see untested.txt."""
    with open(f"{TOP}/tests/tree/untested.txt", encoding="utf-8") as lines:
        return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def test_what_three_surveyed_drivers_use_is_in_the_table_and_at_most_one_in_ten_fails(_build):
    states = {row["name"]: row["state"] for row in table()}
    names = [name for name, how in usage().items() if how == "export"]
    assert len(names) > 100
    missing = [name for name in names if name not in states]
    assert not missing, f"not in the table: {missing}"
    fails = [name for name in names if states[name] == "fails"]
    assert 10 * len(fails) <= len(names), f"{len(fails)} of {len(names)} fail: {fails}"


def test_what_the_table_says_works_is_called_by_a_test(build):
    called = called_by_contract_drivers(build) | called_by_unit_tests()
    works = {row["name"] for row in table()
             if row["state"] == "works" and row["home"] != "verb" and row["kind"] == "function"}
    known = untested()
    new = sorted(works - called - known)
    assert not new, f"no test calls {new[:8]}"
    old = sorted(known & called | known - works)
    assert not old, f"untested.txt lists what a test calls, or what is not in the table: {old[:8]}"
    used = sorted(known & set(usage()))
    assert not used, f"surveyed drivers use what no test calls: {used}"


def test_what_the_table_says_fails_is_seen_to_fail(build):
    """A contract driver that imports a function that fails is there to check its failure."""
    fails = {row["name"] for row in table() if row["state"] == "fails"}
    unseen = sorted(fails - called_by_contract_drivers(build))
    assert fails and not unseen, f"no contract driver calls {unseen}"


def test_what_surveyed_drivers_use_inline_is_used_by_a_contract_driver(_build):
    sources = output("cat", *[os.path.join(folder, name) for folder, _, names in os.walk(f"{TOP}/tests/contract")
                              for name in names if name.endswith(".c")])
    for name, how in usage().items():
        assert how == "export" or re.search(rf"\b{name}\(", sources), name


def exported(image):
    """Return name -> forwarder text or None, of an image."""
    text = output(OBJDUMP, "-p", image)
    addresses = {int(number): (fate if kind == "Forwarder" else None) for number, kind, fate in re.findall(
        r"^\s*\[\s*(\d+)\] \+base\[\s*\d+\]\s+[0-9a-f]+ (Forwarder|Export) RVA(?: -- (\S+))?", text, re.M)}
    names = re.findall(r"^\s*\[\s*(\d+)\](?: \+base\[\s*\d+\]\s+[0-9a-f]+)? ([A-Za-z_]\w*)$",
                       text[text.index("[Ordinal/Name Pointer] Table"):], re.M)
    return {name: addresses.get(int(number)) for number, name in names}


def test_both_images_export_every_name_of_the_table_one_as_a_forwarder(build):
    images = {"ntoskrnl": exported(f"{build}/kernel/ntoskrnl.exe"), "hal": exported(f"{build}/hal/pc/hal.dll")}
    assert len(images["ntoskrnl"]) > 300
    for row in table():
        name, home = row["name"], row["home"]
        if home == "verb":
            assert name not in images["hal"] and name not in images["ntoskrnl"], f"a driver can find {name}"
            continue
        other = "hal" if home == "ntoskrnl" else "ntoskrnl"
        assert name in images[home] and images[home][name] is None, f"{home} does not hold {name}"
        assert images[other].get(name) == f"{home}.{name}", f"{other} does not forward {name}"
    listed = {row["name"] for row in table() if row["home"] != "verb"}
    for image, names in images.items():
        assert set(names) <= listed, f"{image} exports what no row lists: {sorted(set(names) - listed)[:5]}"


def test_no_section_is_writable_and_executable(build):
    for image in ("kernel/ntoskrnl.exe", "hal/pc/hal.dll"):
        text = output(OBJDUMP, "-h", f"{build}/{image}")
        for name, flags in re.findall(r"^\s*\d+ (\S+).*\n\s+(.*)$", text, re.M):
            assert not ("CODE" in flags and "READONLY" not in flags), f"{image} {name}: {flags}"


def test_the_import_libraries_of_both_linkers_offer_the_call(build):
    for library in ("kernel/libntoskrnl.a", "kernel/ntoskrnl.lib", "hal/pc/libhal.a", "hal/pc/hal.lib"):
        path = f"{build}/{library}"
        tool = "x86_64-w64-mingw32-nm" if library.endswith(".a") else "llvm-nm"
        done = subprocess.run([tool, path], capture_output=True, text=True, check=False)
        assert "__imp_KeIpiGenericCall" in done.stdout, library


def test_man_pages_are_clean(_build):
    folder = f"{TOP}/docs/man"
    pages = [f"{folder}/{page}" for page in os.listdir(folder)]
    assert len(pages) >= 3
    done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", *pages], capture_output=True, text=True, check=False)
    assert not done.stdout, done.stdout[:300]


def tracked():
    return output("git", "-C", TOP, "ls-files").splitlines() if os.path.isdir(f"{TOP}/.git") else [
        os.path.relpath(os.path.join(folder, name), TOP) for folder, _, names in os.walk(TOP) for name in names
        if "/build" not in folder]


def test_every_source_file_states_its_licence(_build):
    for path in tracked():
        if re.search(r"\.(c|h|S|py|sh|pml)$", path):
            with open(f"{TOP}/{path}", encoding="utf-8", errors="replace") as text:
                assert "SPDX-License-Identifier: MIT" in text.read(400), path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    build = parser.parse_args().build
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        sentence = name[5:].replace("_", " ")
        try:
            test(build)
        except (AssertionError, subprocess.CalledProcessError, OSError) as problem:
            failed += 1
            print(f"FAIL {sentence}: {problem}")
        else:
            passed += 1
            print(f"ok   {sentence}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
