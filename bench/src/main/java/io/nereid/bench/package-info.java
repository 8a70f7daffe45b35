/**
 * JMH benchmarks of what the server does for every request, beside what they are measured against. Nothing here runs in
 * the server; every module may be imported.
 */
@NullMarked
package io.nereid.bench;

import org.jspecify.annotations.NullMarked;
