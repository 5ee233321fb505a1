#!/usr/bin/env bash
# Many seeds of the simulator, with optimisation: 10,000 unless told. `cargo test` runs thirty of them, the
# same-seed check and the planted faults.
#
#   .ci/simulator.sh [SEEDS]
set -euo pipefail
cd "$(dirname "$0")/.."
HUITOU_SIM_SEEDS=${1:-10000} cargo test --profile simulated -p huitou --test simulator -- --nocapture
