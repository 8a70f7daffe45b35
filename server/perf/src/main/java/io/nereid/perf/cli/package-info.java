/**
 * The program {@code nereid perf}: its flags, the course of a run, what it prints and its exit code. Runs on the main
 * thread. May import the other packages of {@code io.nereid.perf}.
 */
@NullMarked
package io.nereid.perf.cli;

import org.jspecify.annotations.NullMarked;
