"""The saved model: one file without pickle or code, read as if a stranger had written it.

`model.Model` predicts; `model.save` and `model.load` put it in a file and take it out; `trees.Trees` holds
the booster. The format is described in ``docs/model-file.md``.
"""
