package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalInt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ResourcePoolTest {
    private static final int CPU = InstanceDemand.CPU;

    @Test
    void default_severalInstances_isWhatTheOneThatNeedsMostNeeds() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of());
        ResourcePool.Allocation two = added(pool, CPU, perDevice("R", 2));
        ResourcePool.Allocation otherTwo = added(pool, CPU, perDevice("R", 2));
        assertThat(pool.take(two)).isTrue();
        assertThat(pool.take(otherTwo)).isFalse();
        ResourcePool.Allocation four = added(pool, CPU, perDevice("R", 4));
        assertThat(pool.take(otherTwo)).isTrue();
        assertThat(pool.take(four)).isFalse();
        pool.release(two);
        pool.release(otherTwo);
        assertThat(pool.take(four)).isTrue();
    }

    @Test
    void remove_theOneThatNeededMost_lowersTheDefaultForTheNext() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of());
        ResourcePool.Allocation one = added(pool, CPU, perDevice("R", 1));
        ResourcePool.Allocation otherOne = added(pool, CPU, perDevice("R", 1));
        ResourcePool.Allocation two = added(pool, CPU, perDevice("R", 2));
        assertThat(pool.take(one)).isTrue();
        assertThat(pool.take(otherOne)).isTrue();
        pool.remove(two);
        pool.release(one);
        assertThat(pool.take(one)).as("the other one still has all there is now").isFalse();
        pool.release(otherOne);
        assertThat(pool.take(one)).isTrue();
    }

    @Test
    void take_oneOfTwoResourcesShort_takesNeither() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of());
        ResourcePool.Allocation both = added(pool, CPU, perDevice("A", 1), perDevice("B", 1));
        ResourcePool.Allocation onlyA = added(pool, CPU, perDevice("A", 1));
        ResourcePool.Allocation onlyB = added(pool, CPU, perDevice("B", 1));
        assertThat(pool.take(onlyB)).isTrue();
        assertThat(pool.take(both)).isFalse();
        assertThat(pool.take(onlyA)).isTrue();
    }

    @Test
    void perDeviceResource_eachDevice_hasItsOwn() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of());
        for (int device : new int[]{CPU, 0, 1}) {
            assertThat(pool.take(added(pool, device, perDevice("R", 3)))).as("device " + device).isTrue();
            assertThat(pool.take(added(pool, device, perDevice("R", 1)))).as("device " + device).isFalse();
        }
    }

    @Test
    void globalResource_severalDevices_isCountedOnce() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of());
        assertThat(pool.take(added(pool, 0, global("R", 1)))).isTrue();
        assertThat(pool.take(added(pool, 1, global("R", 1)))).isFalse();
    }

    @Test
    void limit_withoutDevice_holdsOnEveryDeviceAndGlobally() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of(limit("R", 2), limit("G", 2)));
        assertThat(takes(pool, 0, perDevice("R", 1))).isEqualTo(2);
        assertThat(takes(pool, 1, perDevice("R", 1))).isEqualTo(2);
        assertThat(takes(pool, CPU, perDevice("R", 1))).isEqualTo(2);
        assertThat(takes(pool, CPU, global("G", 1))).isEqualTo(2);
    }

    @Test
    void limit_withDevice_holdsThereAndOthersHaveTheDefault() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of(limit("R", 3, 1)));
        assertThat(takes(pool, 1, perDevice("R", 1))).isEqualTo(3);
        assertThat(takes(pool, 0, perDevice("R", 1))).isEqualTo(1);
        assertThat(takes(pool, CPU, perDevice("R", 1))).isEqualTo(1);
    }

    @Test
    void limit_ofDeviceZero_holdsForTheCpuToo() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of(limit("R", 3, 0)));
        assertThat(takes(pool, CPU, perDevice("R", 1))).isEqualTo(3);
        assertThat(takes(pool, 0, perDevice("R", 1))).isEqualTo(3);
    }

    @Test
    void limit_severalHold_theMostOfThemCountsButTheLeastOfOneGivenTwice() throws InferenceException {
        ResourcePool pool = new ResourcePool(
                List.of(limit("R", 2), limit("R", 4, 0), limit("S", 4), limit("S", 2), limit("G", 3, 7)));
        assertThat(takes(pool, 0, perDevice("R", 1))).isEqualTo(4);
        assertThat(takes(pool, 1, perDevice("R", 1))).isEqualTo(2);
        assertThat(takes(pool, 0, perDevice("S", 1))).isEqualTo(2);
        assertThat(takes(pool, 0, global("G", 1))).isEqualTo(3);
    }

    @Test
    void add_moreThanTheLimit_saysWhatIsNeededAndAddsNothing() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of(limit("R", 1)));
        refused(pool, demand(0, perDevice("Q", 5), perDevice("R", 4)),
                "Resource count for \"R\" is limited to 1 which will prevent scheduling of one or more model instances, "
                        + "the minimum required count is 4");
        assertThat(takes(pool, 0, perDevice("Q", 1))).as("nobody needs 5").isEqualTo(1);
    }

    @Test
    void add_globalHereAndPerDeviceThere_isRefused() throws InferenceException {
        String message = "Resource \"R\" is present as both global and device-specific resource in the model "
                + "configuration.";
        ResourcePool pool = new ResourcePool(List.of());
        refused(pool, demand(0, perDevice("R", 1), global("R", 1)), message);
        ResourcePool.Allocation global = added(pool, 0, global("R", 1));
        refused(pool, demand(1, perDevice("R", 1)), message);
        pool.remove(global);
        assertThat(takes(pool, 1, perDevice("R", 1))).isEqualTo(1);
        refused(pool, demand(0, global("R", 1)), message);
    }

    @Test
    void add_lastOfSeveralFails_addsNone() {
        ResourcePool pool = new ResourcePool(List.of(limit("S", 1)));
        List<ResourcePool.Allocation> allocations = List.of(new ResourcePool.Allocation(demand(0, global("R", 1))),
                new ResourcePool.Allocation(demand(0, perDevice("S", 2))));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> pool.add(allocations));
        assertThat(pool.take(allocations.getFirst())).as("an empty allocation").isTrue();
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> added(pool, 0, perDevice("S", 2)));
        assertThatCode(() -> added(pool, 0, perDevice("R", 1)))
                .doesNotThrowAnyException();
    }

    @Test
    void add_sameResourceTwiceInOneInstance_lastCounts() throws InferenceException {
        ResourcePool pool = new ResourcePool(List.of(limit("R", 4)));
        assertThat(takes(pool, 0, perDevice("R", 4), perDevice("R", 1))).isEqualTo(4);
    }

    /** How many instances with that demand run at the same time. */
    private static int takes(ResourcePool pool, int device, InstanceDemand.Resource... resources)
            throws InferenceException {
        int taken = 0;
        while (pool.take(added(pool, device, resources))) {
            taken++;
        }
        return taken;
    }

    private static void refused(ResourcePool pool, InstanceDemand demand, String message) {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> pool.add(List.of(new ResourcePool.Allocation(demand)))).withMessage(message)
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    private static ResourcePool.Allocation added(ResourcePool pool, int device, InstanceDemand.Resource... resources)
            throws InferenceException {
        ResourcePool.Allocation allocation = new ResourcePool.Allocation(demand(device, resources));
        pool.add(List.of(allocation));
        return allocation;
    }

    private static InstanceDemand demand(int device, InstanceDemand.Resource... resources) {
        return new InstanceDemand(device, List.of(resources), 1);
    }

    private static InstanceDemand.Resource perDevice(String name, long count) {
        return new InstanceDemand.Resource(name, false, count);
    }

    private static InstanceDemand.Resource global(String name, long count) {
        return new InstanceDemand.Resource(name, true, count);
    }

    private static ResourceLimit limit(String name, long count) {
        return new ResourceLimit(name, count, OptionalInt.empty());
    }

    private static ResourceLimit limit(String name, long count, int device) {
        return new ResourceLimit(name, count, OptionalInt.of(device));
    }
}
