# SPDX-License-Identifier: GPL-2.0-or-later
# One cmocka program per support folder and per program.
UNIT_TESTS = tests/unit/test_base tests/unit/test_reason tests/unit/test_conf tests/unit/test_xprtsec tests/unit/test_address tests/unit/test_x509 \
	tests/unit/test_x509_verify \
	tests/unit/test_handshake tests/unit/test_transport tests/unit/test_admission tests/unit/test_tlshd tests/unit/test_shared tests/unit/test_peer \
	tests/unit/test_policy tests/unit/test_mount_options tests/unit/test_mount_device \
	tests/unit/test_mount_policy tests/unit/test_nfsmount_conf tests/unit/test_rpc tests/unit/test_probe \
	tests/unit/test_nfstls tests/unit/test_mount_steps tests/unit/test_rpc_call tests/unit/test_export \
	tests/unit/test_export_table tests/unit/test_access tests/unit/test_names tests/unit/test_nfsd \
	tests/unit/test_upcall tests/unit/test_upcall_netlink \
	tests/unit/test_exportd_handle tests/unit/test_exportd_visitors \
	tests/unit/test_exportd_answers tests/unit/test_exportd_lookups \
	tests/unit/test_junction tests/unit/test_option tests/unit/test_token tests/unit/test_keys \
	tests/unit/test_nfscert tests/unit/test_counters tests/unit/test_transport_list \
	tests/unit/test_agent tests/unit/test_transport_files tests/unit/test_nfsstat_tls \
	tests/unit/test_hostile tests/unit/test_allowance tests/unit/test_still \
	tests/unit/test_signer tests/unit/test_filter tests/unit/test_pulse tests/unit/test_askers \
	tests/unit/test_finding tests/unit/test_json

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
tests_unit_test_base_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_reason_SOURCES = tests/unit/test_reason.c tests/unit/reasons.h tests/unit/unit.h
tests_unit_test_reason_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_reason_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_finding_SOURCES = tests/unit/test_finding.c tests/unit/unit.h
tests_unit_test_finding_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_finding_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_json_SOURCES = tests/unit/test_json.c tests/unit/unit.h
tests_unit_test_json_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_json_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c tests/unit/unit.h
tests_unit_test_conf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_conf_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_address_SOURCES = tests/unit/test_address.c tests/unit/unit.h
tests_unit_test_address_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_address_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)

tests_unit_test_xprtsec_SOURCES = tests/unit/test_xprtsec.c tests/unit/unit.h
tests_unit_test_xprtsec_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_xprtsec_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_x509_SOURCES = tests/unit/test_x509.c tests/unit/reasons.h tests/unit/unit.h
tests_unit_test_x509_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_x509_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_x509_verify_SOURCES = tests/unit/test_x509_verify.c tests/unit/reasons.h tests/unit/unit.h
tests_unit_test_x509_verify_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_x509_verify_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_handshake_SOURCES = tests/unit/test_handshake.c tests/unit/unit.h
tests_unit_test_handshake_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_handshake_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_transport_SOURCES = tests/unit/test_transport.c tests/unit/unit.h
tests_unit_test_transport_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_transport_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_admission_SOURCES = tests/unit/test_admission.c tests/unit/unit.h
tests_unit_test_admission_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_admission_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_tlshd_SOURCES = tests/unit/test_tlshd.c tests/unit/unit.h
tests_unit_test_tlshd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tlshd_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_peer_SOURCES = tests/unit/test_peer.c tests/unit/unit.h
tests_unit_test_peer_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_peer_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_shared_SOURCES = tests/unit/test_shared.c tests/unit/unit.h
tests_unit_test_shared_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_shared_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_mount_options_SOURCES = tests/unit/test_mount_options.c tests/unit/unit.h
tests_unit_test_mount_options_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mount_options_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_mount_device_SOURCES = tests/unit/test_mount_device.c tests/unit/unit.h
tests_unit_test_mount_device_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mount_device_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_nfsmount_conf_SOURCES = tests/unit/test_nfsmount_conf.c tests/unit/unit.h
tests_unit_test_nfsmount_conf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_nfsmount_conf_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_rpc_SOURCES = tests/unit/test_rpc.c tests/unit/unit.h
tests_unit_test_rpc_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rpc_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_probe_SOURCES = tests/unit/test_probe.c tests/unit/unit.h
tests_unit_test_probe_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_probe_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_mount_policy_SOURCES = tests/unit/test_mount_policy.c tests/unit/unit.h
tests_unit_test_mount_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mount_policy_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_policy_SOURCES = tests/unit/test_policy.c tests/unit/unit.h
tests_unit_test_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_nfstls_SOURCES = tests/unit/test_nfstls.c tests/unit/connections.h tests/unit/unit.h
tests_unit_test_nfstls_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_nfstls_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_mount_steps_SOURCES = tests/unit/test_mount_steps.c tests/unit/unit.h
tests_unit_test_mount_steps_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mount_steps_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_rpc_call_SOURCES = tests/unit/test_rpc_call.c tests/unit/unit.h
tests_unit_test_rpc_call_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rpc_call_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_export_SOURCES = tests/unit/test_export.c tests/unit/unit.h
tests_unit_test_export_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_export_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_export_table_SOURCES = tests/unit/test_export_table.c tests/unit/unit.h
tests_unit_test_export_table_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_export_table_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
UNIT_TESTS += tests/unit/test_tree tests/unit/test_policy_exports
tests_unit_test_tree_SOURCES = tests/unit/test_tree.c tests/unit/unit.h
tests_unit_test_tree_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tree_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_policy_exports_SOURCES = tests/unit/test_policy_exports.c tests/unit/unit.h
tests_unit_test_policy_exports_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_exports_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_access_SOURCES = tests/unit/test_access.c tests/unit/unit.h
tests_unit_test_access_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_access_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_names_SOURCES = tests/unit/test_names.c tests/unit/unit.h
tests_unit_test_names_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_names_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_nfsd_SOURCES = tests/unit/test_nfsd.c tests/unit/unit.h
tests_unit_test_nfsd_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_nfsd_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_counters_SOURCES = tests/unit/test_counters.c tests/unit/unit.h
tests_unit_test_counters_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_counters_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_transport_list_SOURCES = tests/unit/test_transport_list.c \
	tests/unit/connections.h tests/unit/unit.h
tests_unit_test_transport_list_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_transport_list_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_upcall_netlink_SOURCES = tests/unit/test_upcall_netlink.c tests/unit/unit.h
tests_unit_test_upcall_netlink_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_upcall_netlink_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_exportd_handle_SOURCES = tests/unit/test_exportd_handle.c tests/unit/unit.h
tests_unit_test_exportd_handle_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_exportd_handle_LDADD = $(exportd_libs) $(CMOCKA_LIBS)
tests_unit_test_exportd_visitors_SOURCES = tests/unit/test_exportd_visitors.c tests/unit/unit.h
tests_unit_test_exportd_visitors_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_exportd_visitors_LDADD = $(exportd_libs) $(CMOCKA_LIBS)
tests_unit_test_option_SOURCES = tests/unit/test_option.c tests/unit/unit.h
tests_unit_test_option_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_option_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_exportd_answers_SOURCES = tests/unit/test_exportd_answers.c tests/unit/unit.h
tests_unit_test_exportd_answers_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_exportd_answers_LDADD = $(exportd_libs) $(CMOCKA_LIBS)
tests_unit_test_exportd_lookups_SOURCES = tests/unit/test_exportd_lookups.c tests/unit/unit.h
tests_unit_test_exportd_lookups_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_exportd_lookups_LDADD = $(exportd_libs) $(CMOCKA_LIBS)
tests_unit_test_upcall_SOURCES = tests/unit/test_upcall.c tests/unit/unit.h
tests_unit_test_upcall_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_upcall_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_junction_SOURCES = tests/unit/test_junction.c tests/unit/unit.h
tests_unit_test_junction_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_junction_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_token_SOURCES = tests/unit/test_token.c tests/unit/unit.h
tests_unit_test_token_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_token_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_keys_SOURCES = tests/unit/test_keys.c tests/unit/unit.h
tests_unit_test_keys_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keys_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_nfscert_SOURCES = tests/unit/test_nfscert.c tests/unit/unit.h
tests_unit_test_nfscert_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_nfscert_LDADD = $(nfscert_libs) $(CMOCKA_LIBS)
tests_unit_test_agent_SOURCES = tests/unit/test_agent.c tests/unit/unit.h
tests_unit_test_agent_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_transport_files_SOURCES = tests/unit/test_transport_files.c tests/unit/unit.h
tests_unit_test_transport_files_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_transport_files_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_nfsstat_tls_SOURCES = tests/unit/test_nfsstat_tls.c \
	tests/unit/connections.h tests/unit/unit.h
tests_unit_test_nfsstat_tls_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_nfsstat_tls_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_allowance_SOURCES = tests/unit/test_allowance.c tests/unit/unit.h $(hostile_sources)
tests_unit_test_allowance_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_unit_test_allowance_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_allowance_LDADD = $(EVERYTHING) $(OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_hostile_SOURCES = tests/unit/test_hostile.c tests/unit/unit.h $(hostile_sources)
tests_unit_test_hostile_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
tests_unit_test_hostile_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_hostile_LDADD = $(EVERYTHING) $(OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_still_SOURCES = tests/unit/test_still.c tests/unit/unit.h
tests_unit_test_still_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_still_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_signer_SOURCES = tests/unit/test_signer.c tests/unit/unit.h
tests_unit_test_signer_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_signer_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_filter_SOURCES = tests/unit/test_filter.c tests/unit/unit.h
tests_unit_test_filter_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_filter_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
tests_unit_test_askers_SOURCES = tests/unit/test_askers.c tests/unit/unit.h
tests_unit_test_askers_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_askers_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)

tests_unit_test_pulse_SOURCES = tests/unit/test_pulse.c tests/unit/unit.h
tests_unit_test_pulse_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pulse_LDADD = $(EVERYTHING) $(CMOCKA_LIBS)
