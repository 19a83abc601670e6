/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/peer/hostile.h"

#define CLIENT .roles = HOSTILE_AS_CLIENT
#define SERVER .roles = HOSTILE_AS_SERVER
#define BOTH .roles = HOSTILE_AS_BOTH
#define MANY 5000u
#define ALL 32000u /* of 16 bits each */
#define KEY(kind, size) .leaf = { .key = HOSTILE_KEY_##kind, .bits = (size) }
#define LEAF(...) .leaf = { __VA_ARGS__ }
#define ABOVE(...) .above = { .authority = true, __VA_ARGS__ }

/* All that was tried, whether it cost something or not. */
const struct hostile_attack hostile_attacks[] = {
	/* Keys of the leaf, and a signature for each that looks as if it could be of it. */
	{ "rsa-2048", BOTH, KEY(RSA, 2048) },
	{ "rsa-8192", BOTH, KEY(RSA, 8192) },
	{ "rsa-8192-exponent-64", BOTH, LEAF(.key = HOSTILE_KEY_RSA, .bits = 8192, .exponent_bits = 64) },
	{ "rsa-8192-exponent-65", BOTH, LEAF(.key = HOSTILE_KEY_RSA, .bits = 8192, .exponent_bits = 65) },
	{ "rsa-8192-exponent-8192", BOTH, LEAF(.key = HOSTILE_KEY_RSA, .bits = 8192, .exponent_bits = 8192) },
	{ "rsa-8200", BOTH, KEY(RSA, 8200) },
	{ "rsa-16384", BOTH, KEY(RSA, 16384) },
	{ "rsa-16384-exponent-16384", BOTH, LEAF(.key = HOSTILE_KEY_RSA, .bits = 16384, .exponent_bits = 16384) },
	{ "rsa-65536", BOTH, KEY(RSA, 65536) },
	{ "rsa-65536-exponent-65536", BOTH, LEAF(.key = HOSTILE_KEY_RSA, .bits = 65536, .exponent_bits = 65536) },
	{ "rsa-400000", BOTH, KEY(RSA, 400000) },
	{ "rsa-2048-exponent-400000", BOTH, LEAF(.key = HOSTILE_KEY_RSA, .bits = 2048, .exponent_bits = 400000) },
	{ "rsa-512", BOTH, KEY(RSA, 512) },
	{ "rsa-8", BOTH, KEY(RSA, 8) },
	{ "rsa-even", BOTH, KEY(RSA_EVEN, 4096) },
	{ "rsa-pss-8192", BOTH, KEY(RSA_PSS, 8192) },
	{ "rsa-pss-16384-exponent-16384", BOTH,
	  LEAF(.key = HOSTILE_KEY_RSA_PSS, .bits = 16384, .exponent_bits = 16384) },
	{ "rsa-pss-long-salt", BOTH, LEAF(.key = HOSTILE_KEY_RSA_PSS, .bits = 4096, .salt = 2000000000) },
	{ "dsa-2048", BOTH, KEY(DSA, 2048) },
	{ "dsa-65536", BOTH, KEY(DSA, 65536) },
	{ "dh-65536", BOTH, KEY(DH, 65536) },
	{ "ec-explicit-256", BOTH, KEY(EC_EXPLICIT, 256) },
	{ "ec-explicit-65536", BOTH, KEY(EC_EXPLICIT, 65536) },
	{ "ec-unknown-curve", BOTH, KEY(EC_UNKNOWN, 0) },
	{ "ec-no-point", BOTH, KEY(EC_BROKEN, 0) },
	{ "ec-long-point", BOTH, KEY(EC_BROKEN, 400000) },
	{ "unknown-key", BOTH, KEY(UNKNOWN, 0) },
	{ "nonsense-key", BOTH, KEY(NONSENSE, 400000) },

	/* What a certificate can hold a lot of. */
	{ "names-256", BOTH, LEAF(.dns_names = 256, .name_size = 60) },
	{ "names-1000", BOTH, LEAF(.dns_names = 1000, .name_size = 20) },
	{ "names-10000", BOTH, LEAF(.dns_names = 10000) },
	{ "names-40000", BOTH, LEAF(.dns_names = 40000) },
	{ "names-indefinite-length", BOTH, LEAF(.dns_names = 10000, .names_indefinite = true) },
	{ "names-empty", BOTH, LEAF(.other_names = 30000) },
	{ "extensions", BOTH, LEAF(.extensions = MANY) },
	{ "extensions-same", BOTH, LEAF(.extensions = MANY, .same_extension = true) },
	{ "extension-long", BOTH, LEAF(.extensions = 1, .extension_size = 60000) },
	{ "subject-parts", BOTH, LEAF(.rdns = 2000) },
	{ "subject-long", BOTH, LEAF(.attribute_size = 30000) },
	{ "constraints-permitted", BOTH, LEAF(.permitted = MANY) },
	{ "constraints-and-names", BOTH, LEAF(.permitted = 2500, .excluded = 2500, .dns_names = 2000) },
	{ "policies", BOTH, LEAF(.policies = MANY) },
	{ "policy-mappings", BOTH, LEAF(.policies = 10, .policy_mappings = 2000) },
	{ "purposes", BOTH, LEAF(.purposes = MANY) },
	{ "purpose-long", BOTH, LEAF(.purposes = 1, .oid_size = 50000) },
	{ "purposes-long", BOTH, LEAF(.purposes = 100, .oid_size = 500) },
	{ "distribution-points", BOTH, LEAF(.distribution_points = 3000) },
	{ "authority-infos", BOTH, LEAF(.authority_infos = 3000) },
	{ "nested", BOTH, LEAF(.depth = 10000) },
	{ "serial-long", BOTH, LEAF(.serial_size = 50000) },
	{ "signature-long", BOTH, LEAF(.signature_size = 50000) },
	{ "indefinite-length", BOTH, LEAF(.indefinite = true) },
	{ "bytes-behind", BOTH, LEAF(.trailing = true) },
	{ "self-issued", BOTH, LEAF(.self_issued = true, .authority = true) },

	/* Chains. */
	{ "chain-15", BOTH, .chain = 15, ABOVE(.key = HOSTILE_KEY_EC) },
	{ "chain-15-same-name", BOTH, .chain = 15, .chain_same_name = true, ABOVE(.key = HOSTILE_KEY_EC) },
	{ "chain-15-loop", BOTH, .chain = 15, .chain_loop = true, ABOVE(.key = HOSTILE_KEY_EC) },
	{ "chain-100", BOTH, .chain = 100, ABOVE(.key = HOSTILE_KEY_EC) },
	{ "chain-1000", BOTH, .chain = 1000, ABOVE(.key = HOSTILE_KEY_EC) },
	{ "chain-rsa-8192", BOTH, .chain = 9, .chain_same_name = true,
	  ABOVE(.key = HOSTILE_KEY_RSA, .bits = 8192, .exponent_bits = 64) },
	{ "chain-rsa-16384", BOTH, .chain = 3, ABOVE(.key = HOSTILE_KEY_RSA, .bits = 16384, .exponent_bits = 16384) },
	{ "chain-rsa-65536", BOTH, .chain = 1, ABOVE(.key = HOSTILE_KEY_RSA, .bits = 65536, .exponent_bits = 65536) },
	{ "chain-names", BOTH, .chain = 9, ABOVE(.dns_names = 256, .name_size = 10) },
	{ "chain-constraints", BOTH, .chain = 9, ABOVE(.permitted = 100, .excluded = 100), LEAF(.dns_names = 250) },
	{ "chain-extensions", BOTH, .chain = 9, ABOVE(.extensions = 300) },
	{ "of-authority", BOTH, .of_authority = true },
	{ "chain-of-authority", BOTH, .of_authority = true, .chain = 15,
	  ABOVE(.key = HOSTILE_KEY_RSA, .bits = 8192, .exponent_bits = 64) },
	{ "staple", BOTH, .leaf_extension_size = 60000 },
	{ "context", CLIENT, .certificate_context = 255 },
	{ "compressed", BOTH, .compressed = true },
	{ "no-certificate", SERVER, .no_certificate = true },
	{ "long-signature", BOTH, .verify_size = 60000 },

	/* Messages and records. */
	{ "certificate-16-megabytes", BOTH, .claim = 0xffffff },
	{ "hello-16-megabytes", CLIENT, .claim = 0xffffff, .claim_hello = true },
	{ "certificate-in-bytes", BOTH, .fragment = 1, LEAF(.extensions = 1, .extension_size = 40000) },
	{ "hello-in-bytes", CLIENT, .fragment = 1, .hello_padding = 10000 },
	{ "hello-trickles", CLIENT, .write_size = 1, .hello_padding = 10000 },
	{ "certificate-trickles", BOTH, .write_size = 1, LEAF(.extensions = 1, .extension_size = 10000) },
	{ "empty-records", BOTH, .flood = "empty" },
	{ "change-cipher-specs", BOTH, .flood = "change-cipher-spec" },
	{ "alerts", BOTH, .flood = "alert" },
	{ "heartbeats", BOTH, .flood = "heartbeat" },
	{ "application-data", BOTH, .flood = "application" },
	{ "noise", BOTH, .flood = "noise" },
	{ "early-data", CLIENT, .flood = "early", .hello_early_data = true },
	{ "key-updates", BOTH, .late = "key-update" },
	{ "tickets", BOTH, .late = "ticket" },
	{ "hello-again", BOTH, .late = "hello" },
	{ "hello-requests", BOTH, .late = "hello-request" },
	{ "requests", BOTH, .late = "request" },
	{ "unknown-messages", BOTH, .late = "unknown" },

	/* The client's hello. */
	{ "hello-long", CLIENT, .hello_padding = 60000 },
	{ "hello-extensions", CLIENT, .hello_extensions = 15000 },
	{ "hello-extensions-same", CLIENT, .hello_extensions = 15000, .hello_same_extension = true },
	{ "hello-ciphers", CLIENT, .hello_ciphers = ALL },
	{ "hello-groups", CLIENT, .hello_groups = 30000 },
	{ "hello-signatures", CLIENT, .hello_signatures = 30000 },
	{ "hello-shares", CLIENT, .hello_shares = 10000 },
	{ "hello-shares-same", CLIENT, .hello_shares = 1500, .hello_same_share = true },
	{ "hello-versions", CLIENT, .hello_versions = 126 },
	{ "hello-protocols", CLIENT, .hello_protocols = 30000 },
	{ "hello-names", CLIENT, .hello_names = 15000 },
	{ "hello-identities", CLIENT, .hello_identities = 1500 },
	{ "hello-twice", CLIENT, .hello_retry = true, .hello_ciphers = 7000, .hello_groups = 7000 },
	{ "hello-of-15000-bytes", CLIENT, .hello_ciphers = 2000, .hello_groups = 2000, .hello_signatures = 2000,
	  .hello_protocols = 500, .hello_extensions = 300 },

	/* The server's messages. */
	{ "request-authorities", SERVER, .request_authorities = 2900 },
	{ "request-signatures", SERVER, .request_signatures = 30000 },
	{ "request-extensions", SERVER, .request_extensions = 15000 },
	{ "encrypted-extensions", SERVER, .encrypted_extensions = 15000 },
	{ "encrypted-extensions-long", SERVER, .encrypted_padding = 60000 },
	{ "hello-retries", SERVER, .retry_cookie = 60000 },
};

const size_t hostile_attack_count = sizeof(hostile_attacks) / sizeof(hostile_attacks[0]);
