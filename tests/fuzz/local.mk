# SPDX-License-Identifier: GPL-2.0-or-later
# The fuzz targets with a plain main(): "make check" runs each over its corpus.
# tests/fuzz/run builds them with clang's fuzzer instead.
FUZZ_TESTS =

FUZZ_TESTS += tests/fuzz/fuzz_handshake
tests_fuzz_fuzz_handshake_SOURCES = tests/fuzz/fuzz_handshake.c tests/fuzz/standalone.c
tests_fuzz_fuzz_handshake_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_signer
tests_fuzz_fuzz_signer_SOURCES = tests/fuzz/fuzz_signer.c tests/fuzz/standalone.c
tests_fuzz_fuzz_signer_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_genl_family
tests_fuzz_fuzz_genl_family_SOURCES = tests/fuzz/fuzz_genl_family.c tests/fuzz/standalone.c
tests_fuzz_fuzz_genl_family_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_transport_socket
tests_fuzz_fuzz_transport_socket_SOURCES = tests/fuzz/fuzz_transport_socket.c tests/fuzz/standalone.c
tests_fuzz_fuzz_transport_socket_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_upcall_netlink
tests_fuzz_fuzz_upcall_netlink_SOURCES = tests/fuzz/fuzz_upcall_netlink.c tests/fuzz/standalone.c
tests_fuzz_fuzz_upcall_netlink_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_nfsd_told
tests_fuzz_fuzz_nfsd_told_SOURCES = tests/fuzz/fuzz_nfsd_told.c tests/fuzz/standalone.c
tests_fuzz_fuzz_nfsd_told_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_tree
tests_fuzz_fuzz_tree_SOURCES = tests/fuzz/fuzz_tree.c tests/fuzz/standalone.c
tests_fuzz_fuzz_tree_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_exportd_visitor
tests_fuzz_fuzz_exportd_visitor_SOURCES = tests/fuzz/fuzz_exportd_visitor.c tests/fuzz/standalone.c
tests_fuzz_fuzz_exportd_visitor_LDADD = $(exportd_libs)

FUZZ_TESTS += tests/fuzz/fuzz_rival
tests_fuzz_fuzz_rival_SOURCES = tests/fuzz/fuzz_rival.c tests/fuzz/standalone.c
tests_fuzz_fuzz_rival_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_clear_alert
tests_fuzz_fuzz_clear_alert_SOURCES = tests/fuzz/fuzz_clear_alert.c tests/fuzz/standalone.c
tests_fuzz_fuzz_clear_alert_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c tests/fuzz/standalone.c
tests_fuzz_fuzz_conf_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_x509_chain
tests_fuzz_fuzz_x509_chain_SOURCES = tests/fuzz/fuzz_x509_chain.c tests/fuzz/standalone.c
tests_fuzz_fuzz_x509_chain_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_allowance
tests_fuzz_fuzz_allowance_SOURCES = tests/fuzz/fuzz_allowance.c tests/fuzz/standalone.c
tests_fuzz_fuzz_allowance_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_x509_verify
tests_fuzz_fuzz_x509_verify_SOURCES = tests/fuzz/fuzz_x509_verify.c tests/fuzz/standalone.c
tests_fuzz_fuzz_x509_verify_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_x509_lists
tests_fuzz_fuzz_x509_lists_SOURCES = tests/fuzz/fuzz_x509_lists.c tests/fuzz/standalone.c
tests_fuzz_fuzz_x509_lists_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_keys_table
tests_fuzz_fuzz_keys_table_SOURCES = tests/fuzz/fuzz_keys_table.c tests/fuzz/standalone.c
tests_fuzz_fuzz_keys_table_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_x509_request
tests_fuzz_fuzz_x509_request_SOURCES = tests/fuzz/fuzz_x509_request.c tests/fuzz/standalone.c
tests_fuzz_fuzz_x509_request_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_x509_key
tests_fuzz_fuzz_x509_key_SOURCES = tests/fuzz/fuzz_x509_key.c tests/fuzz/standalone.c
tests_fuzz_fuzz_x509_key_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_x509_key_for
tests_fuzz_fuzz_x509_key_for_SOURCES = tests/fuzz/fuzz_x509_key_for.c tests/fuzz/standalone.c
tests_fuzz_fuzz_x509_key_for_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_nfscert_pem
tests_fuzz_fuzz_nfscert_pem_SOURCES = tests/fuzz/fuzz_nfscert_pem.c tests/fuzz/standalone.c
tests_fuzz_fuzz_nfscert_pem_LDADD = $(nfscert_libs)

FUZZ_TESTS += tests/fuzz/fuzz_x509_dns_name
tests_fuzz_fuzz_x509_dns_name_SOURCES = tests/fuzz/fuzz_x509_dns_name.c tests/fuzz/standalone.c
tests_fuzz_fuzz_x509_dns_name_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_mountinfo
tests_fuzz_fuzz_mountinfo_SOURCES = tests/fuzz/fuzz_mountinfo.c tests/fuzz/standalone.c
tests_fuzz_fuzz_mountinfo_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_mount_options
tests_fuzz_fuzz_mount_options_SOURCES = tests/fuzz/fuzz_mount_options.c tests/fuzz/standalone.c
tests_fuzz_fuzz_mount_options_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_mount_defaults
tests_fuzz_fuzz_mount_defaults_SOURCES = tests/fuzz/fuzz_mount_defaults.c tests/fuzz/standalone.c
tests_fuzz_fuzz_mount_defaults_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_mount_device
tests_fuzz_fuzz_mount_device_SOURCES = tests/fuzz/fuzz_mount_device.c tests/fuzz/standalone.c
tests_fuzz_fuzz_mount_device_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_address
tests_fuzz_fuzz_address_SOURCES = tests/fuzz/fuzz_address.c tests/fuzz/standalone.c
tests_fuzz_fuzz_address_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_xprtsec
tests_fuzz_fuzz_xprtsec_SOURCES = tests/fuzz/fuzz_xprtsec.c tests/fuzz/standalone.c
tests_fuzz_fuzz_xprtsec_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_rpc_reply
tests_fuzz_fuzz_rpc_reply_SOURCES = tests/fuzz/fuzz_rpc_reply.c tests/fuzz/standalone.c
tests_fuzz_fuzz_rpc_reply_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_names_local
tests_fuzz_fuzz_names_local_SOURCES = tests/fuzz/fuzz_names_local.c tests/fuzz/standalone.c
tests_fuzz_fuzz_names_local_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_universal_address
tests_fuzz_fuzz_universal_address_SOURCES = tests/fuzz/fuzz_universal_address.c tests/fuzz/standalone.c
tests_fuzz_fuzz_universal_address_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_policy
tests_fuzz_fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c tests/fuzz/standalone.c
tests_fuzz_fuzz_policy_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_exports
tests_fuzz_fuzz_exports_SOURCES = tests/fuzz/fuzz_exports.c tests/fuzz/standalone.c
tests_fuzz_fuzz_exports_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_export_client
tests_fuzz_fuzz_export_client_SOURCES = tests/fuzz/fuzz_export_client.c tests/fuzz/standalone.c
tests_fuzz_fuzz_export_client_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_upcall_text
tests_fuzz_fuzz_upcall_text_SOURCES = tests/fuzz/fuzz_upcall_text.c tests/fuzz/standalone.c
tests_fuzz_fuzz_upcall_text_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_junction
tests_fuzz_fuzz_junction_SOURCES = tests/fuzz/fuzz_junction.c tests/fuzz/standalone.c
tests_fuzz_fuzz_junction_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_counters_proc
tests_fuzz_fuzz_counters_proc_SOURCES = tests/fuzz/fuzz_counters_proc.c tests/fuzz/standalone.c
tests_fuzz_fuzz_counters_proc_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_counters_saved
tests_fuzz_fuzz_counters_saved_SOURCES = tests/fuzz/fuzz_counters_saved.c tests/fuzz/standalone.c
tests_fuzz_fuzz_counters_saved_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_counters_netlink
tests_fuzz_fuzz_counters_netlink_SOURCES = tests/fuzz/fuzz_counters_netlink.c tests/fuzz/standalone.c
tests_fuzz_fuzz_counters_netlink_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_transport_mounts
tests_fuzz_fuzz_transport_mounts_SOURCES = tests/fuzz/fuzz_transport_mounts.c tests/fuzz/standalone.c
tests_fuzz_fuzz_transport_mounts_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_transport_proc
tests_fuzz_fuzz_transport_proc_SOURCES = tests/fuzz/fuzz_transport_proc.c tests/fuzz/standalone.c
tests_fuzz_fuzz_transport_proc_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_transport_link
tests_fuzz_fuzz_transport_link_SOURCES = tests/fuzz/fuzz_transport_link.c tests/fuzz/standalone.c
tests_fuzz_fuzz_transport_link_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_transport_lines
tests_fuzz_fuzz_transport_lines_SOURCES = tests/fuzz/fuzz_transport_lines.c tests/fuzz/standalone.c
tests_fuzz_fuzz_transport_lines_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_transport_listeners
tests_fuzz_fuzz_transport_listeners_SOURCES = tests/fuzz/fuzz_transport_listeners.c tests/fuzz/standalone.c
tests_fuzz_fuzz_transport_listeners_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_nfsstat_mounts
tests_fuzz_fuzz_nfsstat_mounts_SOURCES = tests/fuzz/fuzz_nfsstat_mounts.c tests/fuzz/standalone.c
tests_fuzz_fuzz_nfsstat_mounts_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_agent_answer
tests_fuzz_fuzz_agent_answer_SOURCES = tests/fuzz/fuzz_agent_answer.c tests/fuzz/standalone.c
tests_fuzz_fuzz_agent_answer_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_shared
tests_fuzz_fuzz_shared_SOURCES = tests/fuzz/fuzz_shared.c tests/fuzz/standalone.c
tests_fuzz_fuzz_shared_LDADD = $(EVERYTHING)

FUZZ_TESTS += tests/fuzz/fuzz_volumes
tests_fuzz_fuzz_volumes_SOURCES = tests/fuzz/fuzz_volumes.c tests/fuzz/standalone.c
tests_fuzz_fuzz_volumes_LDADD = $(EVERYTHING)

check_PROGRAMS += $(FUZZ_TESTS)
TESTS += tests/fuzz/corpus.sh
