"""The measuring campaign on one GPU: `python3 -m campaign --out DIR` records what the simulator is fitted on."""
