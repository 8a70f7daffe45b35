@NullMarked
package io.nereid.perf.grpc;

import org.jspecify.annotations.NullMarked;
