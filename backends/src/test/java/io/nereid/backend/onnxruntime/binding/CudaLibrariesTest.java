package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.device.StandInLibrary;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A provider that needs a library that needs another one, as the CUDA provider needs cuBLAS: none of them lies where
 * the loader looks. The names differ from test to test, since what is loaded stays.
 */
final class CudaLibrariesTest {
    private static int tests;

    @TempDir
    private Path folder;
    private Path toolkit;
    private String outer;
    private String inner;
    private Path provider;

    @BeforeEach
    void compile() throws Exception {
        tests++;
        toolkit = Files.createDirectories(folder.resolve("nvidia/cublas/lib"));
        inner = compiled("inner" + tests, "int inner() { return 42; }");
        outer = compiled("outer" + tests, "int inner(); int outer() { return inner(); }", inner);
        provider = Path.of(StandInLibrary.compiled(folder, "provider", "int outer(); int answer() { return outer(); }",
                outer, "-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined"));
        Files.delete(Path.of(outer));
        Files.delete(Path.of(inner));
        outer = "libouter" + tests + ".so.12";
        inner = "libinner" + tests + ".so.12";
    }

    /** A library with the version 12 in its name, and the path that the linker takes for it. */
    private String compiled(String name, String source, String... options) throws Exception {
        String file = "lib" + name + ".so.12";
        String[] all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = "-Wl,-soname," + file;
        String library = StandInLibrary.compiled(folder, name, source, all);
        Files.copy(Path.of(library), toolkit.resolve(file));
        return library;
    }

    @Test
    void needed_library_isWhatItWasLinkedWith() throws Exception {
        assertThat(ElfFile.needed(provider)).contains(outer).doesNotContain(inner);
        assertThat(ElfFile.needed(toolkit.resolve(outer))).contains(inner);
    }

    @Test
    void needed_otherFile_isNothing() throws Exception {
        Path text = Files.writeString(folder.resolve("libtext.so"), "no library");
        assertThat(ElfFile.needed(text)).isEmpty();
        assertThat(ElfFile.needed(Files.write(text, new byte[200]))).isEmpty();
    }

    @Test
    void needed_cutFile_isDamaged() throws Exception {
        byte[] whole = Files.readAllBytes(provider);
        Path cut = Files.write(folder.resolve("libcut.so"), Arrays.copyOf(whole, 300));
        assertThatThrownBy(() -> ElfFile.needed(cut)).isInstanceOf(IOException.class).hasMessageContaining("libcut.so");
    }

    @Test
    void loadFor_namedFolder_letsTheProviderLoad() throws Exception {
        assertThat(new CudaLibraries(List.of(folder.resolve("nvidia")), List.of()).loadFor(provider).needed())
                .isEmpty();
        assertThat(answer()).isEqualTo(42);
    }

    @Test
    void loadFor_usualFolder_letsTheProviderLoad() throws Exception {
        List<Path> usual = List.of(folder.resolve("not-there"), folder.resolve("nvidia"));
        assertThat(new CudaLibraries(List.of(), usual).loadFor(provider).needed()).isEmpty();
        assertThat(answer()).isEqualTo(42);
    }

    @Test
    void loadFor_nowhere_namesWhatIsMissing() throws Exception {
        assertThat(new CudaLibraries(List.of(folder.resolve("not-there")), List.of()).loadFor(provider).needed())
                .containsExactly(outer);
    }

    /** The outer one is there, but what it needs is not: both are named, the cause first. */
    @Test
    void loadFor_halfOfThem_namesBoth() throws Exception {
        Files.delete(toolkit.resolve(inner));
        assertThat(new CudaLibraries(List.of(toolkit), List.of()).loadFor(provider).needed())
                .containsExactly(inner, outer);
    }

    /** As ONNX Runtime does for cuDNN: the provider is not linked with it, and asks for it by name in a run. */
    @Test
    void loadFor_whatIsLookedForLater_isFoundByItsNameToo() throws Exception {
        String runtime = compiled("cudart", "int runtime;");
        StandInLibrary.compiled(toolkit, "cudnn", "int cudnn;", "-Wl,-soname,libcudnn.so.9");
        Files.move(toolkit.resolve("libcudnn.so"), toolkit.resolve("libcudnn.so.9"));
        Path lazy = Path.of(StandInLibrary.compiled(folder, "lazy", "extern int runtime; int f() { return runtime; }",
                runtime));

        CudaLibraries.Missing missing = new CudaLibraries(List.of(toolkit), List.of()).loadFor(lazy);

        assertThat(missing.needed()).isEmpty();
        assertThat(missing.wantedLater()).contains("libcufft.so.11").doesNotContain("libcudnn.so.9");
        assertThat(SymbolLookup.libraryLookup("libcudnn.so.9", Arena.global()).find("cudnn")).isPresent();
    }

    private int answer() throws Exception {
        SymbolLookup library = SymbolLookup.libraryLookup(provider, Arena.global());
        try {
            return (int) Linker.nativeLinker().downcallHandle(library.findOrThrow("answer"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT)).invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
