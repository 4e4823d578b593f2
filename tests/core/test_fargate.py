import pytest

from naws.core.fargate import MEMORY_FOR_CPU, Size, cpus_for, format_sizes, legal_memory, smallest_with


def test_the_table_is_the_one_of_aws() -> None:
    assert legal_memory(256) == (512, 1024, 2048)
    assert legal_memory(8192)[:2] == (16384, 20480)
    assert legal_memory(16384)[-1] == 122880
    assert legal_memory(32768) == (61440, 122880, 249856)
    assert legal_memory(300) == ()


@pytest.mark.parametrize(
    ("memory", "cpu", "expected"),
    [(1, 0, (256, 512)), (2049, 0, (512, 3072)), (2049, 1024, (1024, 3072)), (122881, 0, (32768, 249856))],
)
def test_the_smallest_size_with_enough(memory: int, cpu: int, expected: tuple[int, int]) -> None:
    size = smallest_with(memory, at_least_cpu=cpu)
    assert size is not None
    assert (size.cpu, size.memory_limit_mib) == expected


def test_nothing_is_larger_than_the_largest() -> None:
    assert smallest_with(249857) is None
    assert smallest_with(249856) == Size(cpu=32768, memory_limit_mib=249856)


def test_which_cpus_take_a_memory() -> None:
    assert cpus_for(2048) == (256, 512, 1024)
    assert cpus_for(2047) == ()


def test_sizes_in_words() -> None:
    assert format_sizes((512, 1024, 2048)) == "512, 1024 or 2048"
    assert format_sizes(MEMORY_FOR_CPU[1024]) == "2048 to 8192 in steps of 1024"
