// Package library is not a program, so that no page can run it.
package library

// Answer makes it a package.
const Answer = 42
