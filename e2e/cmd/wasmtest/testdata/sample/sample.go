// Package sample holds tests that are run by the tests of wasmtest, each by
// itself: some of them fail on purpose.
package sample

// Sum is for a profile to show and coverage to count: it is busy.
//
//go:noinline
func Sum(n int) int {
	if n < 0 {
		return -1 // no test comes here
	}
	sum := 0
	for i := range n {
		sum += i * i % 7
	}
	return sum
}
