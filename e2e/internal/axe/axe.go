//go:build !js

// Package axe holds axe-core, the accessibility checker of Deque Systems, as
// the npm registry has it: axe.min.js, LICENSE (Mozilla Public License 2.0) and
// LICENSE-3RD-PARTY.txt are files of the package axe-core, unchanged. They are
// embedded so that tests need neither npm nor a network.
//
// To take in another version, in this folder:
//
//	npm pack axe-core@VERSION
//	tar -xzf axe-core-VERSION.tgz --strip-components=1 \
//		package/axe.min.js package/LICENSE package/LICENSE-3RD-PARTY.txt
//	sha256sum axe.min.js && rm axe-core-VERSION.tgz
//
// and say so in [Version] and [SHA256].
package axe

import _ "embed"

// Version is the version of axe-core.
const Version = "4.14.1"

// SHA256 is the hash of axe.min.js, in hexadecimal. That of the package as npm
// pack fetches it is
// e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745.
const SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

// Script is axe.min.js, which sets globalThis.axe.
//
//go:embed axe.min.js
var Script string
