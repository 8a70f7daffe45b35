/**
 * Model repositories in object stores: {@link io.nereid.modelrepo.objectstore.ModelStores} turns a location as
 * {@code --model-repository} names it into a {@link io.nereid.modelrepo.ModelStore}. {@code ObjectStore} has what all
 * object stores have in common, a {@code Bucket} what is particular to one.
 *
 * <p>Everything here blocks and runs on the thread of its caller, downloads on virtual threads of their own. The
 * classes of the Amazon SDK and of Google's authentication are loaded when the first such location is opened and not
 * before: a server on local files starts without them. Credentials reach no log and no message. Nothing here may import
 * the configuration of models, the lifecycle or another module.
 */
@NullMarked
package io.nereid.modelrepo.objectstore;

import org.jspecify.annotations.NullMarked;
