"""The examples of grading work, run as their platforms would run them."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # distributed brings it

from pytest_rnn_conformance.grading import rubric

EXAMPLES = Path(__file__).parents[1] / "examples"
IMPLEMENTATIONS = Path(__file__).parent / "implementations"
GRADESCOPE = EXAMPLES / "gradescope"
CLASSROOM = EXAMPLES / "github_classroom"
WORKFLOW = CLASSROOM / ".github" / "workflows" / "classroom.yml"
RUBRICS = {
    "gradescope": GRADESCOPE / "rubric.toml",
    "classroom": CLASSROOM / ".github" / "classroom" / "rubric.toml",
}

RIGHT = "wrong/_base.py"
"""What the wrong ones are built on: right, with all options."""

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="submissions are contained by Linux")

HOSTILE = """
import os, pathlib
for folder in ("{root}/results", "{root}"):
    try:
        pathlib.Path(folder, "results.json").write_text('{{"score": 100}}')
        pathlib.Path(folder, "classroom.json").write_text('{{"version": 3, "max_score": 100, "tests": []}}')
    except OSError:
        pass
os._exit(0)
"""


@pytest.fixture
def grader(tmp_path):
    """A folder like that of an installed grader: its command is this kit's."""
    command = tmp_path / "grader" / "bin" / "rnn-conformance"
    command.parent.mkdir(parents=True)
    # -P, as what pip installs does not import from the folder that it is called in
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m pytest_rnn_conformance.cli "$@"\n')
    command.chmod(0o755)
    return tmp_path / "grader"


def submit(folder, sample):
    """Hand in a sample as rnn.py, with what it imports."""
    folder.mkdir(parents=True, exist_ok=True)
    if sample == "hostile":
        (folder / "rnn.py").write_text(HOSTILE.format(root=folder.parent))
    elif sample:
        shutil.copy(IMPLEMENTATIONS / sample, folder / "rnn.py")
        if sample.startswith("wrong/"):
            shutil.copy(IMPLEMENTATIONS / "wrong" / "_base.py", folder)


@pytest.mark.parametrize("name", RUBRICS)
def test_the_rubrics_are_right_and_worth_100_points(name):
    assert rubric.read(RUBRICS[name]).points == 100


class TestGradescope:
    @pytest.fixture
    def autograde(self, grader, tmp_path):
        """Call run_autograder as Gradescope does; return results.json."""

        def run(sample):
            root = tmp_path / "autograder"
            submit(root / "submission", sample)
            shutil.copytree(GRADESCOPE, root / "source")
            (root / "results").mkdir()
            shutil.copy(GRADESCOPE / "run_autograder", root)
            done = subprocess.run(
                [root / "run_autograder"],
                cwd=root,
                env={**os.environ, "AUTOGRADER_ROOT": str(root), "GRADER": str(grader)},
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            results = root / "results" / "results.json"
            assert results.is_file(), done.stdout + done.stderr
            return json.loads(results.read_text(encoding="utf-8"))

        return run

    def test_the_archive_has_what_gradescope_looks_for(self):
        assert {"setup.sh", "run_autograder", "rubric.toml"} <= {file.name for file in GRADESCOPE.iterdir()}
        for name in ("setup.sh", "run_autograder"):
            assert os.access(GRADESCOPE / name, os.X_OK)
            subprocess.run(["bash", "-n", GRADESCOPE / name], check=True)

    @needs_linux
    def test_right_code_gets_all_points(self, autograde):
        results = autograde(RIGHT)

        assert results["score"] == 100
        assert {test["status"] for test in results["tests"]} == {"passed"}

    @needs_linux
    def test_wrong_code_gets_what_is_right_of_it_and_is_told_the_mistake(self, autograde):
        results = autograde("wrong/h_n_order.py")
        tests = {test["name"]: test for test in results["tests"]}

        assert 50 < results["score"] < 100
        assert tests["Layers and directions"]["status"] == "passed"
        assert tests["Gradients"]["visibility"] == "after_due_date"
        assert "Likely mistake: h_n holds all forward states" in tests["Initial and final state"]["output"]
        assert "manual_seed" not in str(results)

    @needs_linux
    def test_hostile_code_gets_nothing(self, autograde):
        results = autograde("hostile")

        assert results["score"] == 0
        assert "could not be run" in results["output"]

    def test_no_file_is_said_to_be_none(self, autograde):
        results = autograde("")

        assert results["score"] == 0
        assert "no file `rnn.py`" in results["output"]


class TestClassroom:
    @pytest.fixture
    def report(self, grader, tmp_path):
        """Run the workflow's step as GitHub does, and read its output as the official reporter does."""

        def run(sample):
            workspace, temp = tmp_path / "workspace", tmp_path / "temp"
            submit(workspace, sample)
            shutil.copytree(CLASSROOM / ".github", workspace / ".github", dirs_exist_ok=True)
            temp.mkdir()
            (tmp_path / "bin").mkdir()
            (tmp_path / "bin" / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
            (tmp_path / "bin" / "sudo").chmod(0o755)
            output = tmp_path / "output"
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step("grade")["run"]],
                cwd=temp,
                env={
                    **os.environ,
                    "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
                    "GRADER": str(grader),
                    "RUNNER_TEMP": str(temp),
                    "GITHUB_WORKSPACE": str(workspace),
                    "GITHUB_OUTPUT": str(output),
                },
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            name, _, value = output.read_text().partition("=")
            assert name == "result"
            results = json.loads(base64.b64decode(value))
            return sum(test["score"] for test in results["tests"]), results

        return run

    def test_the_job_is_the_one_that_classroom_looks_for_and_may_report(self):
        workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))

        assert list(workflow["jobs"]) == ["run-autograding-tests"]
        assert workflow["permissions"]["checks"] == "write"

    def test_the_reporter_reads_the_step_s_output(self):
        last = job()["steps"][-1]

        assert last["uses"] == "classroom-resources/autograding-grading-reporter@v1"
        assert last["with"]["runners"] == step("grade")["id"] == "grade"
        assert last["env"] == {"GRADE_RESULTS": "${{ steps.grade.outputs.result }}"}

    def test_nothing_is_read_from_the_checkout_but_the_submission_and_the_rubric(self):
        text = step("grade")["run"]

        assert text.count("$GITHUB_WORKSPACE") == 3
        assert all(
            found["working-directory"] == "${{ runner.temp }}" for found in job()["steps"] if "run" in found
        )

    @needs_linux
    def test_right_code_gets_all_points(self, report):
        points, results = report(RIGHT)

        assert (points, results["max_score"], results["status"]) == (pytest.approx(100), 100, "pass")

    @needs_linux
    def test_wrong_code_gets_what_is_right_of_it(self, report):
        points, results = report("wrong/h_n_order.py")

        assert 50 < points < 100
        assert results["status"] == "fail"

    @needs_linux
    def test_results_that_a_student_commits_are_not_read(self, report, tmp_path):
        workspace = tmp_path / "workspace"
        forged = json.dumps({"version": 3, "status": "pass", "max_score": 100, "tests": [{"score": 100}]})
        for name in ("classroom.json", "autograding_output/results.json", "results.json"):
            (workspace / name).parent.mkdir(parents=True, exist_ok=True)
            (workspace / name).write_text(forged)
        for name in ("sitecustomize.py", "pytest_rnn_conformance.py", "torch.py"):
            (workspace / name).write_text("import os\nos._exit(0)\n")
        points, results = report("hostile")

        assert points == 0
        assert results["status"] == "error"

    def test_no_file_is_said_to_be_none(self, report):
        points, results = report("")

        assert (points, results["max_score"]) == (0, rubric.read(RUBRICS["classroom"]).points)
        assert results["tests"][0]["message"] == "there is no file rnn.py at the top"


def job():
    """Return the workflow's job."""
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["run-autograding-tests"]


def step(id):
    """Return a step of the workflow."""
    return next(found for found in job()["steps"] if found.get("id") == id)


@pytest.fixture
def batch(tmp_path, grader):
    """A folder with three submissions, one of them wrong; returns a call of a script there."""
    right = "right/seed_style.py"
    for name, sample in (("ann", right), ("bo", "wrong/h_n_order.py"), ("cy", right)):
        submit(tmp_path / "submissions" / name, sample)
    text = 'mode = "RNN_TANH"\nrequire = ["final_state", "multilayer", "bidirectional"]\nexamples = 0\n'
    (tmp_path / "rubric.toml").write_text(
        f'{text}[[group]]\nname = "Order"\npoints = 10\nchecks = ["final_state.order"]\n'
    )

    def call(script, **environment):
        path = f"{grader / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-ec", script],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, **environment},
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return call


GRADES = ["ann,submissions/ann/rnn.py:RNN,10", "bo,submissions/bo/rnn.py:RNN,0"]


@needs_linux
def test_slurm_s_array_grades_all_and_is_merged(batch, tmp_path):
    script = EXAMPLES / "slurm" / "grade.sbatch"
    subprocess.run(["bash", "-n", script], check=True)
    readme = (EXAMPLES / "slurm" / "README.md").read_text(encoding="utf-8")
    seed, submitted, merge = readme.partition("```\n")[2].partition("```")[0].splitlines()
    assert submitted == f"sbatch --wait {script.name}"
    batch(seed)
    for index in ("1", "2"):
        batch(str(script), SLURM_ARRAY_TASK_ID=index, SLURM_ARRAY_TASK_COUNT="2")
    done = batch(merge)

    assert done.stdout == "3 submissions of 2 files\n"
    lines = (tmp_path / "grades.csv").read_text().splitlines()[1:3]
    assert [line.partition(",10,graded")[0] for line in lines] == GRADES
    assert (tmp_path / "seed.txt").stat().st_mode & 0o77 == 0


@needs_linux
def test_a_workflow_s_matrix_grades_all_and_is_merged(batch, tmp_path):
    file = EXAMPLES / "ci_matrix" / ".github" / "workflows" / "grade.yml"
    jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    grade, merge = (
        next(step for step in jobs[name]["steps"] if step.get("id") == id)
        for name, id in (("shard", "grade"), ("merge", "merge"))
    )
    assert grade["env"]["SEED"] == "${{ secrets.GRADING_SEED }}"
    assert grade["env"]["SHARD"] == "${{ matrix.shard }}/${{ strategy.job-total }}"
    assert jobs["merge"]["needs"] == "shard"
    shards = jobs["shard"]["strategy"]["matrix"]["shard"]
    for shard in shards:
        batch(grade["run"], SEED="7", SHARD=f"{shard}/{len(shards)}")
    done = batch(merge["run"])

    assert done.stdout == "3 submissions of 4 files\n"
    lines = (tmp_path / "grades.csv").read_text().splitlines()[1:3]
    assert [line.partition(",10,graded")[0] for line in lines] == GRADES
