"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How long an example takes is the machine's business, and which are tried is the same every time.
settings.register_profile("plain", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("plain")

# No tests in there, and some programs import peers that need not be installed. The examples in their docstrings
# are run by test_benchmarks_frame.py.
collect_ignore_glob = ["benchmarks/*.py"]
