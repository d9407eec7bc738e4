"""`python -m benchmarks`: what we claim about speed, measured; ends with 1 when a claim does not hold."""

import sys

from benchmarks import claim_finding, claim_list

if __name__ == "__main__":
    sys.exit(max(claim_list.main(), claim_finding.main()))
