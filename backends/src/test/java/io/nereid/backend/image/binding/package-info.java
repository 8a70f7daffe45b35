@NullMarked
package io.nereid.backend.image.binding;

import org.jspecify.annotations.NullMarked;
