# SPDX-License-Identifier: GPL-2.0-or-later
# Chains and lists, made when the test runs, and judged by us, openssl and certtool (tests/shell/35-chains.t).

check_PROGRAMS += tests/chains/make-chains tests/chains/judge-chains

tests_chains_make_chains_SOURCES = tests/chains/make-chains.c
tests_chains_make_chains_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_chains_make_chains_LDADD = $(OPENSSL_LIBS)

tests_chains_judge_chains_SOURCES = tests/chains/judge-chains.c
tests_chains_judge_chains_LDADD = support/libx509.a support/libreason.a support/libaddress.a support/libbase.a $(GNUTLS_LIBS)

EXTRA_DIST += tests/chains/recipe tests/chains/differences tests/chains/judge-theirs
