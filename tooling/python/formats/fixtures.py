"""Small files of the formats that @mlffd/data reads, and what ASE 3.29 reads from them.

    python tooling/python/formats/fixtures.py packages/data/test/fixtures/formats

expected.json: file name -> frames of numbers, positions (Angstrom), cell, pbc, and where they are
there energy (eV), forces (eV/Angstrom), stress (eV/Angstrom^3), info and per-atom arrays.
"""

import json
import sys
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.build import bulk, molecule
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.db import connect
from ase.io import read, write
from ase.spacegroup import Spacegroup

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
expected = {}
rng = np.random.default_rng(7)

POSCAR_BODY = """  5.6 0.0 0.0
  0.1 5.7 0.0
  0.2 -0.3 5.8
  Na_pv Cl/6a2f546d
  2 2
"""


def record(name, frames):
    expected[name] = frames


def describe(atoms, info=None, arrays=()):
    frame = {
        'numbers': atoms.numbers.tolist(),
        'positions': atoms.positions.tolist(),
        'cell': atoms.cell.tolist(),
        'pbc': atoms.pbc.tolist(),
    }
    if atoms.calc is not None:
        for name in ('energy', 'forces', 'stress'):
            if name in atoms.calc.results:
                frame[name] = np.asarray(atoms.calc.results[name]).tolist()
    if info:
        frame['info'] = info
    if arrays:
        frame['arrays'] = {name: atoms.get_array(name).tolist() for name in arrays}
    return frame


def text(name, content, fmt):
    (out / name).write_text(content)
    record(name, [describe(a) for a in read(out / name, ':', format=fmt)])


def poscars():
    slab = bulk('NaCl', 'rocksalt', 5.64, cubic=True)
    slab.rattle(0.05, seed=1)
    slab.set_constraint(FixAtoms([0, 3]))
    write(out / 'ase.vasp', slab, format='vasp', direct=True)
    record('ase.vasp', [describe(read(out / 'ase.vasp'))])
    rows = '0.01 0.02 0.03\n0.5 0.51 0.02 Na\n0.5 0.0 0.0 ! chlorine\n0.0 0.5 -0.25 Cl\n'
    text('POSCAR_volume', f'NaCl, volume\n-180.5\n{POSCAR_BODY}Direct\n{rows}', 'vasp')
    text('POSCAR_three', f'NaCl, three factors\n1.01 0.99 1.02\n{POSCAR_BODY}Cartesian\n{rows}', 'vasp')
    selective = ''.join(
        f'{a} {b}\n'
        for a, b in zip(
            ['0.1 0.2 0.3', '2.8 2.9 1D-1', '2.7 .1 0.', '0.0 2.8 -1.4'],
            ['T T F', 'F F F', 'T T T', 'F T F'],
        )
    ).replace('1D-1', '1E-1')
    velocities = '\n' + '  0.01 -0.02 0.03E-1\n' * 4
    text(
        'CONTCAR_md',
        f'NaCl, from MD\n1.05\n{POSCAR_BODY}Selective dynamics\nCartesian\n{selective}{velocities}',
        'vasp',
    )


def operations(number):
    names = 'xyz'
    lines = []
    for rotation, translation in Spacegroup(number).get_symop():
        parts = []
        for row, shift in zip(rotation, translation):
            part = ''.join(f'{"+" if f > 0 else "-"}{names[k]}' for k, f in enumerate(row) if f)
            k = round(shift * 24) % 24
            parts.append(part.removeprefix('+') + (f'+{k}/24' if k else ''))
        lines.append(f"'{', '.join(parts)}'")
    return '\n'.join(lines)


def cifs():
    cell = Atoms('NaCl', scaled_positions=[[0.1, 0.2, 0.3], [0.6, 0.7, 0.1]], pbc=True,
                 cell=[4.1, 4.7, 5.2, 81, 95, 103])
    write(out / 'p1.cif', cell)
    record('p1.cif', [describe(read(out / 'p1.cif'))])
    (out / 'rocksalt.cif').write_text(f"""# two blocks, the first without atoms
data_global
_publ_section_title
;
 Rock salt, as a test of text blocks:
 loop_ and data_ mean nothing in here.
;
_journal_name_full 'Acta's Quotes'
data_NaCl
_cell_length_a   5.6402(2)
_cell_length_b   5.6402(2)
_cell_length_c   5.6402(2)
_cell_angle_alpha 90.
_cell_angle_beta  90
_cell_angle_gamma 90
_cell_volume 179.43(1)
_symmetry_space_group_name_H-M "F m -3 m"
_symmetry_Int_Tables_number 225
loop_
_symmetry_equiv_pos_as_xyz
{operations(225)}
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Na1 Na1+ 0 0 0 1.0 # at the origin
Cl1 Cl1- 0.5 0.5 0.5 1.000(0)
""")
    record('rocksalt.cif', [describe(read(out / 'rocksalt.cif', ':')[-1])])
    text('quartz.cif', f"""data_quartz
_cell_length_a 4.9134(1)
_cell_length_b 4.9134(1)
_cell_length_c 5.4052(1)
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_space_group_name_H-M_alt 'P 31 2 1'
_space_group_IT_number 152
loop_
_space_group_symop_operation_xyz
{operations(152)}
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Si1 0.4699(1) 0.0000 0.3333
O1 0.4141(2) 0.2681(2) 0.4521(1)
""", 'cif')


def pdbs():
    water = molecule('H2O')
    water.set_cell([12.0, 13.0, 14.0, 90, 100, 110])
    water.center()
    water.pbc = True
    frames = []
    for _ in range(3):
        water.rattle(0.05, seed=int(rng.integers(1000)))
        frames.append(water.copy())
    write(out / 'models.pdb', frames)
    record('models.pdb', [describe(a) for a in read(out / 'models.pdb', ':')])
    text('alanine.pdb', """HEADER    TEST
ATOM      1  N   ALA A   1      -0.677  -1.230  -0.491  1.00  0.00           N1+
ATOM      2  CA  ALA A   1      -0.001   0.064  -0.491  1.00  0.00           C
ATOM      3  C   ALA A   1       1.499  -0.110  -0.491  1.00  0.00           C
ATOM      4  O   ALA A   1       2.030  -1.227  -0.502  1.00  0.00           O1-
ATOM      5  HB1 ALA A   1      -0.509   0.856   0.727  1.00  0.00           H
HETATM    6 CA    CA A   2       9.000   9.000 -10.125  1.00  0.00          CA2+
END
""", 'proteindatabank')


def npzs():
    aspirin_like = molecule('CH3CH2OH')
    n = len(aspirin_like)
    R = aspirin_like.positions + rng.normal(0, 0.03, (4, n, 3))
    F = rng.normal(0, 25, (4, n, 3))
    E = -97208.4 + rng.normal(0, 3, 4)
    np.savez_compressed(out / 'md17.npz', R=R, F=F, E=E[:, None], z=aspirin_like.numbers.astype('i1'),
                        e_unit='kcal/mol', r_unit='Ang', name='ethanol')
    np.savez(out / 'rmd17.npz', coords=np.asfortranarray(R), forces=F.astype('f4'), energies=E,
             nuclear_charges=aspirin_like.numbers.astype('i8'), old_indices=np.arange(4, dtype='i4'))
    factor = units.kcal / units.mol
    for name, forces in (('md17.npz', F), ('rmd17.npz', F.astype('f4').astype(float))):
        frames = []
        for k in range(4):
            a = Atoms(numbers=aspirin_like.numbers, positions=R[k])
            a.calc = SinglePointCalculator(a, energy=E[k] * factor, forces=forces[k] * factor)
            frames.append(describe(a))
        record(name, frames)


def databases():
    path = out / 'ase.db'
    path.unlink(missing_ok=True)
    arrays = []
    with connect(path) as db:
        salt = bulk('NaCl', 'rocksalt', 5.64)
        salt.rattle(0.1, seed=3)
        salt.calc = SinglePointCalculator(salt, energy=-6.75, forces=rng.normal(0, 1, (2, 3)),
                                          stress=rng.normal(0, 0.01, 6))
        db.write(salt, method='pbe', kpts=8, relaxed=True, gap=4.9)
        water = molecule('H2O')
        water.set_initial_charges([-0.8, 0.4, 0.4])
        water.set_tags([1, 2, 3])
        water.set_momenta(rng.normal(0, 1, (3, 3)))
        db.write(water)
        slab = bulk('Cu', cubic=True)
        slab.pbc = (True, False, True)
        slab.set_initial_magnetic_moments([0.5] * 4)
        db.write(slab)
    rows = list(connect(path).select())
    names = [(), ('initial_charges', 'tags', 'momenta'), ('initial_magmoms',)]
    frames = []
    for row, keys in zip(rows, names):
        info = {**row.key_value_pairs, 'unique_id': row.unique_id, 'ase_id': row.id}
        frames.append(describe(row.toatoms(), info, keys))
    record('ase.db', frames)


poscars()
cifs()
pdbs()
npzs()
databases()
(out / 'expected.json').write_text(json.dumps(expected, indent=1, sort_keys=True) + '\n')
