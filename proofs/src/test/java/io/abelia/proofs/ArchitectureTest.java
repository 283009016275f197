package io.abelia.proofs;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of this module, in sentences. */
@AnalyzeClasses(
        packages = "io.abelia.proofs",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_ORACLE_USES_NO_CODE_OF_THE_ENGINE = noClasses()
            .that()
            .haveNameMatching("io\\.abelia\\.proofs\\.simulator\\.(Oracle|Reference|StablePast|Outcome|Committed).*")
            .should()
            .dependOnClassesThat(resideInAPackage("io.abelia.engine..").and(not(simpleName("CellType"))));

    @ArchTest
    static final ArchRule SIMULATIONS_USE_NO_NETWORK_OF_THE_MACHINE = noClasses()
            .that()
            .resideInAnyPackage("..simulator..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.aeron..", "java.net.http..");
}
