# SPDX-License-Identifier: GPL-2.0-or-later
# The foreign peers and the certificate maker of the tests.

check_PROGRAMS += tests/peer/peer-client tests/peer/peer-server tests/peer/lying-agent tests/peer/watch-program \
	tests/peer/earlier tests/peer/inject-call tests/peer/sync-writes tests/peer/hostile-peer

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
tests_peer_sync_writes_SOURCES = tests/peer/sync-writes.c

# They are no friends of ours, and use nothing of support/.
hostile_sources = tests/peer/hostile.c tests/peer/hostile-attacks.c tests/peer/hostile-certificate.c tests/peer/hostile.h
tests_peer_hostile_peer_SOURCES = tests/peer/hostile-peer.c tests/peer/peer.c tests/peer/peer.h $(hostile_sources)
tests_peer_hostile_peer_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_peer_hostile_peer_LDADD = $(OPENSSL_LIBS)

# Static, since an emulated guest takes long to load a library.
tests_peer_earlier_SOURCES = tests/peer/earlier.c
tests_peer_earlier_LDFLAGS = $(STATIC_LDFLAGS)

EXTRA_DIST += tests/peer/pki tests/peer/pki-set
