// Package middleware has only tests: they serve a feed of package server behind the
// middlewares of other projects. It is a module by itself, so that programs which
// use Runnel do not depend on those.
package middleware
