#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. Python must be 3.11 or newer: Ubuntu 24.04's is.
set -euo pipefail
apt-get update
apt-get install -y python3 python3-venv

# Where everybody may read it, the user that a submission runs as, too.
python3 -m venv /opt/grader
/opt/grader/bin/pip install torch pytest-rnn-conformance
