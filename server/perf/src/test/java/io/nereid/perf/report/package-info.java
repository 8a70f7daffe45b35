@NullMarked
package io.nereid.perf.report;

import org.jspecify.annotations.NullMarked;
