package io.nereid.server.ensemble;

import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.BitSet;
import java.util.List;

/**
 * The tensors of one request, or of one response of a decoupled step, while steps need them. A tensor's memory is held
 * once for each use that is still to come, so it is given back as soon as the last step that takes it has it. Not
 * thread-safe: used under the lock of its {@link EnsembleRun}.
 */
final class Scope {
    private final EnsembleGraph graph;
    private final Selection selection;
    private final int origin;
    private final @Nullable Scope root;
    private final @Nullable Tensor[] tensors;
    private final @Nullable HeldMemory[] memory;
    private final int[] uses;
    private final BitSet known = new BitSet();
    /** The tensors that stay until the request has ended: one for each response of a decoupled step may take them. */
    private final BitSet staying = new BitSet();
    /** The tensors that more than one takes. */
    private final BitSet shared = new BitSet();
    /** By step: how many of its inputs are not known. */
    private final int[] missing;
    private int openSteps;
    private boolean answered;

    /**
     * Nothing is known yet.
     *
     * @param origin the decoupled step; {@link EnsembleGraph#NONE} for the request itself
     * @param root that of the request; null for the request itself
     */
    Scope(EnsembleGraph graph, Selection selection, int origin, @Nullable Scope root) {
        this.graph = graph;
        this.selection = selection;
        this.origin = origin;
        this.root = root;
        this.tensors = new @Nullable Tensor[graph.tensorCount()];
        this.memory = new @Nullable HeldMemory[graph.tensorCount()];
        this.uses = new int[graph.tensorCount()];
        this.missing = new int[graph.steps().size()];
        for (EnsembleGraph.Step step : graph.steps()) {
            if (step.origin() == origin && selection.steps().get(step.index())) {
                openSteps++;
                for (EnsembleGraph.Port input : step.inputs()) {
                    missing[step.index()] += isKnown(input.tensor()) ? 0 : 1;
                }
            }
        }
    }

    int origin() {
        return origin;
    }

    /** How many steps run here that have not ended. */
    int openSteps() {
        return openSteps;
    }

    /** A step of this scope has ended. */
    void stepEnded() {
        openSteps--;
    }

    /** Whether the ensemble's response for it has been made. */
    boolean isAnswered() {
        return answered;
    }

    /** The ensemble's response for it is made. */
    void answered() {
        answered = true;
    }

    /** Whether it is known what a tensor is, or that there is none. */
    boolean isKnown(int tensor) {
        return ownerOf(tensor).known.get(tensor);
    }

    /** How often a tensor of this scope will be taken, and whether it has to stay until the request has ended. */
    int usesOf(int tensor) {
        int count = 0;
        boolean stays = false;
        List<Integer> consumers = graph.consumers(tensor);
        for (int i = 0; i < consumers.size(); i++) {
            int step = consumers.get(i);
            if (selection.steps().get(step)) {
                boolean here = graph.steps().get(step).origin() == origin;
                count += here ? 1 : 0;
                stays |= !here;
            }
        }
        for (int i = selection.outputs().nextSetBit(0); i >= 0; i = selection.outputs().nextSetBit(i + 1)) {
            if (graph.outputs().get(i).tensor() == tensor) {
                boolean repeated = origin == EnsembleGraph.NONE && graph.decoupled();
                count += repeated ? 0 : 1;
                stays |= repeated;
            }
        }
        staying.set(tensor, stays);
        return stays ? count + 1 : count;
    }

    /**
     * A tensor is known.
     *
     * @param tensor null if there is none
     * @param held what it lies in, held as often as {@link #usesOf} says
     */
    void set(int number, @Nullable Tensor tensor, HeldMemory held) {
        known.set(number);
        tensors[number] = tensor;
        if (tensor != null) {
            memory[number] = held;
            uses[number] = usesOf(number);
            shared.set(number, uses[number] > 1 || staying.get(number));
        }
    }

    /** One more input of a step is known; says whether it was the last. */
    boolean arrived(int step) {
        missing[step]--;
        return missing[step] == 0;
    }

    /** A tensor; null if there is none. Its memory is held for the caller, who gets it by {@link #take}. */
    @Nullable
    Tensor tensor(int number) {
        return ownerOf(number).tensors[number];
    }

    /** Whether more than one takes a tensor: then none of them may write there. */
    boolean isShared(int number) {
        return ownerOf(number).shared.get(number);
    }

    /** What a tensor that there is lies in; the caller's to release. */
    HeldMemory take(int number) {
        Scope owner = ownerOf(number);
        HeldMemory held = owner.memory[number];
        if (held == null) {
            throw new IllegalStateException("tensor '" + graph.tensor(number) + "' is not there");
        }
        if (owner != this || (owner.staying.get(number) && owner.uses[number] == 1)) {
            return held.retain(1);
        }
        owner.uses[number]--;
        return held;
    }

    private Scope ownerOf(int tensor) {
        return root == null || graph.origin(tensor) == origin ? this : root;
    }

    /** Gives back what is held for uses that will not come. */
    void release() {
        for (int i = 0; i < uses.length; i++) {
            HeldMemory held = memory[i];
            for (; held != null && uses[i] > 0; uses[i]--) {
                held.release();
            }
        }
    }
}
