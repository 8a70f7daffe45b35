/**
 * What models are called inside the server, for all packages that speak of them. Texts alone: no state, no threads.
 * Nothing here may import anything of this project.
 */
@NullMarked
package io.nereid.modelrepo.identifier;

import org.jspecify.annotations.NullMarked;
