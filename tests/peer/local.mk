# SPDX-License-Identifier: GPL-2.0-or-later
# The foreign peers and the certificate maker of the tests.

check_PROGRAMS += tests/peer/peer-client tests/peer/peer-server tests/peer/lying-agent tests/peer/watch-program \
	tests/peer/earlier tests/peer/inject-call

tests_peer_peer_client_SOURCES = tests/peer/peer-client.c tests/peer/peer.c tests/peer/peer.h
tests_peer_peer_client_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_peer_peer_client_LDADD = $(OPENSSL_LIBS)

tests_peer_peer_server_SOURCES = tests/peer/peer-server.c tests/peer/peer.c tests/peer/peer.h
tests_peer_peer_server_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_peer_peer_server_LDADD = $(OPENSSL_LIBS)

tests_peer_lying_agent_SOURCES = tests/peer/lying-agent.c
tests_peer_lying_agent_LDADD = support/libhandshake.a support/libgenl.a support/libbase.a $(MNL_LIBS)

tests_peer_watch_program_SOURCES = tests/peer/watch-program.c
tests_peer_inject_call_SOURCES = tests/peer/inject-call.c

# Static, since an emulated guest takes long to load a library.
tests_peer_earlier_SOURCES = tests/peer/earlier.c
tests_peer_earlier_LDFLAGS = -static

EXTRA_DIST += tests/peer/pki tests/peer/pki-set
