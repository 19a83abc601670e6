# SPDX-License-Identifier: GPL-2.0-or-later
# Comparisons to be run by hand: tests/bench/policy-load, and the script tests/bench/run.
check_PROGRAMS += tests/bench/policy-load

tests_bench_policy_load_SOURCES = tests/bench/policy-load.c
tests_bench_policy_load_LDADD = support/libpolicy.a support/libconf.a support/libstill.a support/libxprtsec.a support/libaddress.a support/libbase.a
