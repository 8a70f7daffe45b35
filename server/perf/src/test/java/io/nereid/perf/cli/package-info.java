@NullMarked
package io.nereid.perf.cli;

import org.jspecify.annotations.NullMarked;
