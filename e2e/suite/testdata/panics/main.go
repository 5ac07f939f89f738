// Panics is a program that does nothing else.
package main

func main() { panic("out of cheese") }
